import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { quantile } from '../../bench/statistics';
import { askJson, createConnections } from '../../src/dev/stack/simulator-controls';
import { mapConcurrent } from '../../src/lib/map-concurrent';
import type { LedgerEntry } from '../../src/simulator/state/ledger';
import { until } from '../integration/support/until';
import { twoOfEach, type TwoOfEach } from './support/two-of-each';

/** 25 min: five times what it takes on two cores with nothing else to do. */
const WITHIN_MS = 1_500_000;
jest.setTimeout(WITHIN_MS);

const BULK = Number(process.env['BULK'] ?? 2_000);
/** Less than the installation starts a second, so that most of the bulk waits once it has been asked for. */
const CALLS_PER_SECOND = Number(process.env['CALLS_PER_SECOND'] ?? 5);
const CONCURRENCY = 20;
/** One interactive refresh every two seconds, as long as the bulk lasts. */
const EVERY_MS = 2_000;
/** A tenth of the bulk: an interactive refresh that so many of it may overtake does not wait behind it. */
const OVERTAKEN_BY_AT_MOST = BULK / 10;

/** A call whose worker was killed is given up after `callTimeout`, and then its data is waited for. */
const POLICY = {
  settle: '0s',
  callTimeout: '30s',
  unknownAnswerWait: '10s',
  poll: { first: '5s', factor: 2, maximum: '30s' },
} as const;

interface Interactive {
  readonly id: string;
  readonly askedAtMs: number;
  readonly endedAtMs: number;
}

let all: TwoOfEach;
beforeAll(async () => {
  all = await twoOfEach({ policy: POLICY, callsPerSecond: CALLS_PER_SECOND });
});
afterAll(async () => {
  await all.close();
  rmSync(all.stack.folder, { recursive: true, force: true });
});

test('a bulk and interactive refreshes are all done, and none of these waits behind it, while a worker and a server are killed', async () => {
  const { stack, temporal } = all;
  const { simulatorUrl } = stack;
  const ledger = () =>
    askJson(`${simulatorUrl}/_control/ledger`).then((json) => (json as { entries: LedgerEntry[] }).entries);
  const called = (calls: number) =>
    until(
      `Meld was called ${calls} times`,
      async () => ((await ledger()).length >= calls ? true : null),
      WITHIN_MS,
    );
  const spec = { scenario: 'healthy', params: { aggregationMs: 0 } } as const;
  const ids = Array.from({ length: BULK }, (_, n) => `bulk-${n}`);
  await createConnections(
    simulatorUrl,
    ids.map((id) => ({ ...spec, id })),
  );
  const beganMs = Date.now();
  // What is asked for while that goes on waits for the processor, as the bulk does: no order in a queue shares that out.
  await mapConcurrent(ids, CONCURRENCY, (id) => all.ask(id, { priority: 'bulk' }));
  const already = (await ledger()).length;
  const left = BULK - already;
  let killedAtMs = NaN;
  const killing = (async () => {
    await called(already + left * 0.2);
    killedAtMs = Date.now();
    await stack.worker.kill();
    await called(already + left * 0.5);
    await stack.server.kill();
    await stack.server.restart();
  })();

  const bulk = { called: false };
  const calling = (async () => {
    await called(BULK);
    bulk.called = true;
  })();
  const interactive: Promise<Interactive>[] = [];
  while (!bulk.called) {
    const id = `interactive-${interactive.length}`;
    await createConnections(simulatorUrl, [{ ...spec, id }]);
    const askedAtMs = Date.now();
    interactive.push(all.refresh(id, {}).then(() => ({ id, askedAtMs, endedAtMs: Date.now() })));
    await pause(EVERY_MS);
  }
  await Promise.all([calling, killing]);
  const samples = await Promise.all(interactive);

  const running = "WorkflowType = 'refreshConnection' AND ExecutionStatus = 'Running'";
  await until(
    'all refreshes ended',
    async () => ((await temporal.workflow.count(running)).count === 0 ? true : null),
    WITHIN_MS,
  );
  const tookS = (Date.now() - beganMs) / 1_000;
  const asked = BULK + samples.length;
  await until('all of them are listed as refreshed', async () =>
    (await temporal.workflow.count("MeldRefreshOutcome = 'refreshed'")).count === asked ? true : null,
  );

  const entries = await ledger();
  const lost = entries.filter(({ answer }) => answer === 'lost').map(({ connectionId }) => connectionId);
  const charged = new Map<string, number>();
  for (const entry of entries.filter(({ charged }) => charged))
    charged.set(entry.connectionId, (charged.get(entry.connectionId) ?? 0) + 1);
  const chargedTwice = [...charged].filter(([, times]) => times > 1).map(([id]) => id);
  expect(charged.size).toBe(asked);
  expect(chargedTwice.filter((id) => !lost.includes(id))).toEqual([]);

  const calledAtMs = (id: string) =>
    Date.parse(entries.find(({ connectionId }) => connectionId === id)?.at ?? '');
  const bulkCalls = entries.filter(({ connectionId }) => connectionId.startsWith('bulk-'));
  const bulkCalledBetween = (fromMs: number, toMs: number) =>
    bulkCalls.filter(({ at }) => Date.parse(at) > fromMs && Date.parse(at) < toMs).length;
  const judged = samples
    // What the killed worker had in hand waits for the timeout of that.
    .filter(({ askedAtMs, endedAtMs }) => !(askedAtMs < killedAtMs && killedAtMs < endedAtMs))
    .map(({ id, askedAtMs, endedAtMs }) => ({
      id,
      latencyMs: endedAtMs - askedAtMs,
      waiting: BULK - bulkCalledBetween(0, askedAtMs),
      overtakenBy: bulkCalledBetween(askedAtMs, calledAtMs(id)),
    }))
    .filter(({ waiting }) => waiting > OVERTAKEN_BY_AT_MOST);
  const of = (figure: 'latencyMs' | 'overtakenBy' | 'waiting', share: number) =>
    Math.round(
      quantile(
        judged.map((one) => one[figure]),
        share,
      ),
    );
  process.stdout.write(
    `${BULK} in bulk and ${samples.length} interactive refreshes, ${CALLS_PER_SECOND} calls/s: all refreshed in ${Math.round(tookS)} s; ` +
      `${lost.length} answers lost, ${chargedTwice.length} of them charged twice\n` +
      `${judged.length} interactive ones came while ${of('waiting', 0)} to ${of('waiting', 1)} of the bulk waited: ` +
      `p50 ${of('latencyMs', 0.5)} ms, p95 ${of('latencyMs', 0.95)} ms; calls of the bulk that went before theirs: ` +
      `p50 ${of('overtakenBy', 0.5)}, at most ${of('overtakenBy', 1)}\n`,
  );
  expect(judged.length).toBeGreaterThan(0);
  expect(judged.filter(({ overtakenBy }) => overtakenBy > OVERTAKEN_BY_AT_MOST)).toEqual([]);
});
