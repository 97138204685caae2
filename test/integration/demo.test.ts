import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SCENARIOS } from '../../src/dev/demo/scenarios';
import { aProgram, childrenOf, running } from './support/a-program';
import { until } from './support/until';

/** Its own place for temporary files: what it leaves behind can be seen. */
let temporary: string;
beforeEach(() => (temporary = mkdtempSync(path.join(tmpdir(), 'demo-test-'))));
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

test('the demo ends within 90 s, every refresh as expected, and leaves nothing behind', async () => {
  const demo = aProgram('dev/demo/main.js', { env: { TMPDIR: temporary } });
  await demo.saying('Refreshing');
  const children = childrenOf(demo.pid);
  expect(children.length).toBeGreaterThanOrEqual(4);

  expect({ code: await demo.exited, said: demo.said() }).toMatchObject({ code: 0 });
  const said = demo.said();
  for (const { script, expected } of SCENARIOS) {
    expect(said).toMatch(new RegExp(`^✓  ${script} .* ${expected.outcome} `, 'm'));
  }
  expect(said).toContain('✓  mx_window      429: not again within the window    refreshed        1 of 2');
  expect(said).toMatch(/waiting for window: the provider allows no call before/);
  expect(said).toMatch(/http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows/);
  // Not a terminal: no cursor movements, no colours.
  expect(said).not.toContain('\u001b');
  expect(running(children)).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
}, 90_000);

test('--keep leaves the Temporal UI running until it is told to stop', async () => {
  const demo = aProgram('dev/demo/main.js', { args: ['--keep'], env: { TMPDIR: temporary } });
  const said = await demo.saying('Ctrl-C ends it.');
  const [ui = ''] = /http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows/.exec(said) ?? [];
  expect((await fetch(ui)).status).toBe(200);
  demo.send('SIGINT');
  expect(await demo.exited).toBe(0);
}, 90_000);

test('Ctrl-C in the middle ends the demo and all it started', async () => {
  const demo = aProgram('dev/demo/main.js', { env: { TMPDIR: temporary } });
  await demo.saying('waiting for');
  const children = childrenOf(demo.pid);
  demo.send('SIGINT');
  expect(await demo.exited).toBe(130);
  expect(demo.said()).toContain('Interrupted.');
  await until('all are gone', () => (running(children).length === 0 ? true : null));
}, 90_000);

test('Ctrl-C during the start ends what has started so far', async () => {
  const demo = aProgram('dev/demo/main.js', { env: { TMPDIR: temporary } });
  await demo.saying('Starting');
  const children = await until('the first has started', () => {
    const started = childrenOf(demo.pid);
    return started.length > 0 && existsSync(temporary) ? started : null;
  });
  demo.send('SIGTERM');
  expect(await demo.exited).toBe(130);
  await until('all are gone', () => (running(children).length === 0 ? true : null));
}, 90_000);
