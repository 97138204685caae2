import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { startSimulator, type Simulator } from '../../../src/simulator';
import { codeBlocks, REPOSITORY } from './code-blocks';

const run = promisify(execFile);

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());

test('the commands of the page run, and show a charged call', async () => {
  const block = codeBlocks('docs/simulator.md').find(({ info }) => info[1] === 'simulator')!;
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', block.code], {
    env: { PATH: process.env['PATH'], SIMULATOR_URL: simulator.url, MELD_API_KEY: simulator.apiKey },
    timeout: 20_000,
  });
  expect(stdout).toContain('failed once');
  expect(simulator.ledger('conn-1')).toMatchObject([{ charged: false }]);
});

test('every control call of the page is there', async () => {
  const page = readFileSync(path.join(REPOSITORY, 'docs/simulator.md'), 'utf8');
  const calls = [...page.matchAll(/^\| `(\w+) (\/_control\/[^`]+)`/gm)];
  expect(calls.length).toBeGreaterThan(10);
  for (const [, method = '', route = ''] of calls) {
    const body = method === 'GET' ? {} : { body: '{}', headers: { 'content-type': 'application/json' } };
    const response = await fetch(simulator.url + route.replace(/\{\w+\}/, 'unknown'), { method, ...body });
    // Fields are missing and ids unknown: what is not wanted is "There is no such endpoint."
    expect([route, await response.text()]).toEqual([route, expect.not.stringContaining('no such endpoint')]);
  }
});
