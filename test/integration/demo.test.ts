import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DEMO_SCENARIOS } from '../../src/dev/demo/demo-scenarios';
import { testWithUi } from './support/database-of';
import { aProgram, childrenOf, running } from './support/a-program';
import { until } from './support/until';

/** Its own place for temporary files: what it leaves behind can be seen. */
let temporary: string;
beforeEach(() => (temporary = mkdtempSync(path.join(tmpdir(), 'demo-test-'))));
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

test('the demo ends within 90 s, every refresh as expected, and leaves nothing behind', async () => {
  const demo = aProgram('dev/demo/main.js', { env: { TMPDIR: temporary } });
  await demo.outputWith('Refreshing');
  const children = childrenOf(demo.pid);
  expect(children.length).toBeGreaterThanOrEqual(4);

  expect({ code: await demo.exited, output: demo.output() }).toMatchObject({ code: 0 });
  const output = demo.output();
  for (const { name, ends } of DEMO_SCENARIOS) {
    expect(output).toMatch(new RegExp(`^✓  ${name} .* ${ends.outcome} `, 'm'));
  }
  expect(output).toContain('✓  mx_window      429: not again within the window    refreshed        1 of 2');
  expect(output).toMatch(/waiting for the provider's window to end: no call before/);
  expect(output).not.toContain('Warning');
  expect(output).toMatch(/http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows/);
  // Not a terminal: no cursor movements, no colours.
  expect(output).not.toContain('\u001b');
  expect(running(children)).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
}, 90_000);

testWithUi(
  '--keep leaves the Temporal UI running until it is told to stop',
  async () => {
    const demo = aProgram('dev/demo/main.js', { args: ['--keep'], env: { TMPDIR: temporary } });
    const output = await demo.outputWith('Ctrl-C ends it.');
    const [ui = ''] = /http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows/.exec(output) ?? [];
    expect((await fetch(ui)).status).toBe(200);
    demo.send('SIGINT');
    expect(await demo.exited).toBe(0);
  },
  90_000,
);

test('Ctrl-C in the middle ends the demo and all it started', async () => {
  const demo = aProgram('dev/demo/main.js', { env: { TMPDIR: temporary } });
  await demo.outputWith('waiting for');
  const children = childrenOf(demo.pid);
  demo.send('SIGINT');
  expect(await demo.exited).toBe(130);
  expect(demo.output()).toContain('Interrupted.');
  await until('all are gone', () => (running(children).length === 0 ? true : null));
}, 90_000);

test('Ctrl-C during the start ends what has started so far', async () => {
  const demo = aProgram('dev/demo/main.js', { env: { TMPDIR: temporary } });
  await demo.outputWith('Starting');
  const children = await until('the first has started', () => {
    const started = childrenOf(demo.pid);
    return started.length > 0 && existsSync(temporary) ? started : null;
  });
  demo.send('SIGTERM');
  expect(await demo.exited).toBe(130);
  await until('all are gone', () => (running(children).length === 0 ? true : null));
}, 90_000);
