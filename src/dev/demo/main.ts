// First: says what to install where optional dependencies were left out.
import '../require-stack-packages';
import { rmSync } from 'node:fs';
import { once } from 'node:events';
import type { ReadStream } from 'node:tty';
import { connectRefreshes } from '../stack/connect-refreshes';
import { startStack, type SimulatedStack } from '../stack/start-stack';
import { linkSignals } from '../../lib/link-signals';
import { runMain } from '../../lib/run-main';
import { shutdownSignal } from '../../lib/shutdown-signal';
import type { CheckResult } from './check';
import { makeLiveView, makePlainView } from './progress-view';
import { runDemo } from './run-demo';
import { DEMO_MELD_TIMEOUT, DEMO_POLICY, DEMO_SCENARIOS } from './demo-scenarios';
import { formatReport, makeColorize } from './report';

/** 60 s: the slowest takes 12 s, and a build before it must fit into 90 s. */
const WITHIN_MS = 60_000;
/** Half an hour: nobody watches a demo for longer. */
const KEEP_MS = 1_800_000;

const { stdout, stdin } = process;
const colorize = makeColorize(stdout, process.env);
const say = (text = '') => void stdout.write(`${colorize(text)}\n`);

async function main(): Promise<number> {
  const stopped = new AbortController();
  void shutdownSignal().then(() => stopped.abort());

  const startedMs = Date.now();
  say('Starting Temporal, a simulated Meld, the worker and the API …');
  const stack = await startStack({
    policy: DEMO_POLICY,
    simulator: { seed: 1, timeScale: 0.01 },
    env: { worker: { MELD_TIMEOUT: DEMO_MELD_TIMEOUT } },
    signal: stopped.signal,
  });
  try {
    const results = await show(stack, startedMs, stopped.signal);
    const good = results.every(({ differences }) => differences.length === 0);
    await keepUiOpen(stack, stopped.signal);
    await stack.stop();
    if (good) rmSync(stack.folder, { recursive: true, force: true });
    else say(`The logs are in ${stack.folder}`);
    return good ? 0 : 1;
  } finally {
    await stack.stop();
  }
}

async function show(
  stack: SimulatedStack,
  startedMs: number,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  say(`Ready after ${((Date.now() - startedMs) / 1_000).toFixed(1)} s. Watch it at ${uiOf(stack)}`);
  say();
  say(
    `Refreshing ${DEMO_SCENARIOS.length} connections, one for each thing that can happen at Meld. Hours take seconds here.`,
  );
  say();
  const live = stdout.isTTY && process.env['TERM'] !== 'dumb' && stdout.rows > DEMO_SCENARIOS.length;
  const { refreshes, close } = await connectRefreshes(stack, DEMO_POLICY);
  const results = await runDemo({
    refreshes,
    simulatorUrl: stack.simulatorUrl,
    scenarios: DEMO_SCENARIOS,
    view: live ? makeLiveView(stdout) : makePlainView(stdout),
    withinMs: WITHIN_MS,
    signal,
  }).finally(close);
  say();
  say(formatReport(results));
  return results;
}

/** Leaves the Temporal UI running until a key, a signal or the time limit ends it. */
async function keepUiOpen(stack: SimulatedStack, signal: AbortSignal): Promise<void> {
  const keyboard = stdout.isTTY && stdin.isTTY ? stdin : null;
  say();
  if (keyboard === null && !process.argv.includes('--keep')) {
    say(`The Temporal UI was at ${uiOf(stack)}; to keep it running: npm run demo -- --keep`);
    return;
  }
  say(`Every step of each refresh is in the Temporal UI: ${uiOf(stack)}`);
  say(keyboard === null ? 'Ctrl-C ends it.' : 'Any key ends it.');
  const bounded = linkSignals([signal], KEEP_MS);
  const over = keyboard === null ? once(bounded.signal, 'abort') : untilKey(keyboard, bounded.signal);
  await over.catch(() => undefined).finally(bounded.release);
}

/** Resolves when a person presses a key, Ctrl-C included. */
async function untilKey(keyboard: ReadStream, signal: AbortSignal): Promise<void> {
  keyboard.setRawMode(true);
  keyboard.resume();
  try {
    await once(keyboard, 'data', { signal });
  } finally {
    keyboard.setRawMode(false);
    keyboard.pause();
  }
}

function uiOf({ uiUrl, namespace }: SimulatedStack): string {
  return `${uiUrl}/namespaces/${namespace}/workflows`;
}

runMain(main);
