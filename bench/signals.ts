import { readFileSync } from 'node:fs';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { runMain } from '../src/lib/run-main';
import { join, refreshWorkflowId } from '../src/workflows/messages';
import { fileOf } from '../test/replay/support/histories';
import { quantile } from './statistics';

// What joins cost that a run takes in one activation, after its workers were away, beside a workflow that only puts them into a
// list: CPU of a replay, less that of the same replay without them.
//   node --require ./test/unit/simulator/typescript-hook.cjs bench/signals.ts
// With `node --stack-trace-limit=0` the SDK keeps empty stack traces.

const SIGNALS = 9_900;
const ROUNDS = 5;
const RECORDED = 'refreshed_for_a_join';
const TIMER = 'timerStartedEventAttributes';

/** As the recorded histories have it. */
type Event = Readonly<Record<string, unknown>>;

/** A run that waits, as it was recorded. */
function waiting(): readonly Event[] {
  const { events } = JSON.parse(readFileSync(fileOf(RECORDED), 'utf8')) as {
    readonly events: readonly Event[];
  };
  return events.slice(0, events.findIndex((event) => TIMER in event) + 1);
}

/** The same of the bare one, whose first task starts the timer. */
function bareWaiting(): readonly Event[] {
  const events = waiting();
  const timer = events.at(-1);
  return [...events.slice(0, 4), { ...timer, [TIMER]: { ...Object(timer?.[TIMER]), timerId: '1' } }];
}

function taking(count: number, before: readonly Event[]): ReturnType<typeof historyFromJSON> {
  const { eventTime } = before.at(-1) ?? {};
  const joins = Array.from({ length: count }, (_, nth): Event => {
    const signal = { joinId: `join-${nth}`, requestedAt: eventTime, products: ['BALANCES'] };
    const payload = { metadata: { encoding: base64('json/plain') }, data: base64(JSON.stringify(signal)) };
    return {
      eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED',
      workflowExecutionSignaledEventAttributes: { signalName: join.name, input: { payloads: [payload] } },
    };
  });
  const [, scheduled, { workflowTaskStartedEventAttributes: attributes, ...started } = {}] = before;
  const scheduledEventId = String(before.length + count + 1);
  const task = {
    ...started,
    workflowTaskStartedEventAttributes: { ...Object(attributes), scheduledEventId },
  };
  const events = [...before, ...joins, scheduled, task];
  return historyFromJSON({
    events: events.map((event, nth) => ({ ...event, eventTime, eventId: String(nth + 1) })),
  });
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function main(): Promise<number> {
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'OFF' } } });
  for (const [name, before, workflows] of [
    ['bare', bareWaiting(), './floor/signals-workflow'],
    ['refresh', waiting(), '../src/workflows/workflows'],
  ] as const) {
    const workflowsPath = require.resolve(workflows);
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath,
      preloadModules: [workflowsPath],
      payloadConverterPath: require.resolve('../src/temporal/payload-converter'),
      logger: new DefaultLogger('ERROR'),
    });
    const cpuSeconds = async (count: number): Promise<number> => {
      const history = taking(count, before);
      const from = process.cpuUsage();
      await Worker.runReplayHistory({ workflowBundle }, history, refreshWorkflowId(RECORDED));
      const { user, system } = process.cpuUsage(from);
      return (user + system) / 1e6;
    };
    await cpuSeconds(0);
    const spent: number[] = [];
    for (let round = 0; round < ROUNDS; round++)
      spent.push((await cpuSeconds(SIGNALS)) - (await cpuSeconds(0)));
    const [least = 0, median = 0, most = 0] = [0, 0.5, 1].map((part) => quantile(spent, part));
    process.stdout.write(
      `${name}: ${SIGNALS} joins take ${median.toFixed(2)} s of CPU (${least.toFixed(2)} to ${most.toFixed(2)})\n`,
    );
  }
  return 0;
}

runMain(main);
