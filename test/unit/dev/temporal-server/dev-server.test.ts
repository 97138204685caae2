import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../../../src/dev/free-port';
import { startDevServer } from '../../../../src/dev/temporal-server/dev-server';

const folder = mkdtempSync(path.join(tmpdir(), 'dev-server-'));
const configured = process.env['TEMPORAL_CLI_PATH'];
afterAll(() => {
  if (configured === undefined) delete process.env['TEMPORAL_CLI_PATH'];
  else process.env['TEMPORAL_CLI_PATH'] = configured;
  rmSync(folder, { recursive: true });
});

/** Stands in for the CLI: it says that, and ends. */
function aCliThatSays(words: string): { readonly starts: () => number } {
  const file = path.join(folder, 'temporal');
  const starts = path.join(folder, 'starts');
  writeFileSync(starts, '');
  writeFileSync(file, `#!/bin/sh\necho started >> '${starts}'\necho "${words}" >&2\nexit 1\n`, {
    mode: 0o755,
  });
  process.env['TEMPORAL_CLI_PATH'] = file;
  return { starts: () => readFileSync(starts, 'utf8').split('\n').length - 1 };
}

describe('a server that does not come up, and has told its log file only,', () => {
  const options = { logFile: path.join(folder, 'temporal.log') };
  test('is started three times in all when another program has taken its port', async () => {
    const cli = aCliThatSays('listen tcp 127.0.0.1:7233: bind: address already in use');
    await expect(startDevServer(options)).rejects.toThrow(
      /ended with code 1\. It wrote:\n.*address already in use\nIts log: /,
    );
    expect(cli.starts()).toBe(3);
  });

  test('is started once when the port was asked for', async () => {
    const cli = aCliThatSays('listen tcp 127.0.0.1:7233: bind: address already in use');
    const ports = { port: await freePort(), uiPort: await freePort() };
    await expect(startDevServer({ ...options, ...ports })).rejects.toThrow('already in use');
    expect(cli.starts()).toBe(1);
  });

  test.each(['MELD_API_KEY', 'OTEL_TRACES_EXPORTER', 'TEMPORAL_API_KEY'])(
    'inherits no %s of ours',
    async (name) => {
      aCliThatSays(`it is [$${name}]`);
      const before = process.env[name];
      process.env[name] = 'ours';
      try {
        await expect(startDevServer(options)).rejects.toThrow('it is []');
      } finally {
        if (before === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = before;
      }
    },
  );

  test('is started once when something else is wrong', async () => {
    const cli = aCliThatSays('unknown flag: --no-such-flag');
    await expect(startDevServer(options)).rejects.toThrow(
      /ended with code 1\. It wrote:\nunknown flag: --no-such-flag\nIts log: .*temporal\.log$/,
    );
    expect(cli.starts()).toBe(1);
  });
});
