import { readFileSync, statSync } from 'node:fs';
import { Runtime, DefaultLogger, Worker } from '@temporalio/worker';
import { recordedHistory, recordedNames } from '../../test/replay/support/histories';
import { refreshWorkflowId } from '../../src/workflows/messages';
import { floorWorkflowId } from '../floor/names';
import type { Part } from '../part';
import type { Kind } from '../stack';
import { estimate, pairedRatio } from '../statistics';
import { floorWay } from './refreshes';

type History = ReturnType<typeof recordedHistory>;

/** CPU of this process, all threads, for one replay into an empty cache after the other; nothing else runs in it meanwhile. */
export const measureReplay: Part = async ({ stack, settings, say }) => {
  const bench = await stack();
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'OFF' } },
  });
  const [connectionId = ''] = await bench.newConnections('floor', 1, { params: { aggregationMs: 0 } });
  await floorWay(bench).refreshOne(connectionId);
  const floorHistory = await bench.temporal.workflow.getHandle(floorWorkflowId(connectionId)).fetchHistory();
  const names = recordedNames();
  say(`replaying ${names.length} histories, ${settings.rounds} times each`);
  const replayFloor = async () =>
    (await replayAll(bench.bundles.floor, [['floor', floorHistory]], 'floor', settings.rounds / 2)).get(
      'floor',
    )!;
  const before = await replayFloor();
  const ours = await replayAll(
    bench.bundles.product,
    names.map((name) => [name, recordedHistory(name)]),
    'product',
    settings.rounds,
  );
  // Half before and half after ours: a drift of the machine meets both alike.
  const bare = [...before, ...(await replayFloor())];
  const events = (history: History) => history.events?.length ?? 0;
  const row = (name: string, history: History, spentMs: readonly number[]) => {
    const cells = { 'CPU, ms': estimate(spentMs), ': floor': pairedRatio(spentMs, bare) };
    return [`${name}, ${events(history)} events`, cells];
  };
  const size = (file: string) => {
    const { size: bytes } = statSync(file);
    return { value: bytes / 1_000, from: bytes / 1_000, to: bytes / 1_000, samples: 1 };
  };
  return {
    'one cold replay': Object.fromEntries([
      row('floor', floorHistory, bare),
      ...names.map((name) => row(name, recordedHistory(name), ours.get(name)!)),
    ]),
    bundle: {
      floor: { 'size, kB': size(bench.bundles.floor) },
      product: { 'size, kB': size(bench.bundles.product) },
    },
  };
};

async function replayAll(
  bundle: string,
  histories: readonly (readonly [name: string, history: History])[],
  kind: Kind,
  rounds: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const spentMs = new Map<string, number[]>(histories.map(([name]) => [name, []]));
  const ended: (() => void)[] = [];
  let beganUs = 0;
  const usedUs = () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  };
  // One after the other: the next is handed over when the one before has come to its end.
  async function* each() {
    // The first round warms the code up.
    for (let round = 0; round <= Math.ceil(rounds); round += 1) {
      for (const [name, history] of histories) {
        const end = new Promise<void>((resolve) => ended.push(resolve));
        beganUs = usedUs();
        yield { workflowId: kind === 'floor' ? floorWorkflowId('replay') : refreshWorkflowId(name), history };
        await end;
        if (round > 0) spentMs.get(name)!.push((usedUs() - beganUs) / 1_000);
      }
    }
  }
  const code = readFileSync(bundle, 'utf8');
  for await (const { error } of Worker.runReplayHistories({ workflowBundle: { code } }, each())) {
    if (error) throw error;
    ended.shift()!();
  }
  return spentMs;
}
