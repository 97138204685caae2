import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { request } from 'undici';

const HOOK = join(__dirname, 'typescript-hook.cjs');
const MAIN = join(__dirname, '../../../src/simulator/main.ts');

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

function start(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ['--require', HOOK, MAIN], {
    env: { PATH: process.env['PATH'], ...env },
  });
  started.push(child);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
  const exit = once(child, 'exit').then(([code]: unknown[]) => ({ code, errors }));
  const ready = async (): Promise<string> => {
    for await (const line of createInterface(child.stdout)) return line;
    throw new Error(`It ended without a line: ${errors}`);
  };
  return { child, exit, ready };
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'says where it is, serves, and ends cleanly on %s',
  async (signal) => {
    const { child, exit, ready } = start({
      PORT: '0',
      MELD_API_KEY: 'canary-key',
      MELD_WEBHOOK_SECRETS: 'canary',
    });
    const line = await ready();
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [''];
    expect(line).toBe(`Simulated Meld at ${url}, its controls at ${url}/_control/`);
    const response = await request(`${url}/bank-linking/connections`, {
      headers: { authorization: 'BASIC canary-key' },
    });
    expect(response.statusCode).toBe(200);
    await response.body.dump();
    child.kill(signal);
    expect(await exit).toEqual({ code: 0, errors: '' });
  },
);

test('a wrong value ends it with one message', async () => {
  const { exit } = start({ PORT: 'eighty', MELD_API_KEY: 'canary-key' });
  expect(await exit).toEqual({
    code: 1,
    errors: 'The simulator cannot start. PORT: expected a port, 0 to 65535.\n',
  });
});

test('a port that is taken ends it with one message', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const { exit } = start({ PORT: String(port) });
  const { code, errors } = await exit;
  server.close();
  expect(code).toBe(1);
  expect(errors).toBe(
    `HOST and PORT: cannot listen: listen EADDRINUSE: address already in use 127.0.0.1:${port}. ` +
      'Name an address of this machine and a free port.\n',
  );
});
