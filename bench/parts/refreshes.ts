import { Agent, request } from 'undici';
import { z } from 'zod';
import { mapConcurrent } from '../../src/lib/map-concurrent';
import { refreshWorkflowId, REFRESH_CONNECTION } from '../../src/workflows/messages';
import { FLOOR_TASK_QUEUE, FLOOR_WORKFLOW, floorWorkflowId } from '../floor/names';
import type { Part } from '../part';
import { cpuMs } from '../processes';
import type { BenchStack, Kind } from '../stack';
import { estimate, mean, median, pairedRatio, quantile } from '../statistics';

const CONCURRENCIES = [1, 32];
/** 60 s: what the server holds an answer at most. */
const WAIT_SECONDS = 60;
/** One at a time each refresh is a sample of its own; fewer do. */
const ALONE_SHARE = 0.25;

/** Webhooks that overtake the answer to the call end a refresh without it. */
const plainResult = z.object({
  outcome: z.literal('refreshed'),
  calls: z.array(z.object({ answer: z.enum(['accepted', 'unknown']) })).length(1),
});
const httpAnswer = z.object({ refresh: z.object({ result: plainResult }) });

interface Way {
  readonly kind: Kind;
  /** Asks for one refresh and waits for its outcome. @throws unless it was a plain one */
  readonly refreshOne: (connectionId: string) => Promise<unknown>;
}

interface Block {
  readonly perSecond: number;
  readonly latenciesMs: readonly number[];
  /** Per refresh. */
  readonly cpuMs: Readonly<Record<'Temporal' | 'worker' | 'server' | 'caller', number>>;
}

export const floorWay = ({ temporal }: BenchStack): Way => ({
  kind: 'floor',
  refreshOne: (connectionId) =>
    temporal.workflow.execute(FLOOR_WORKFLOW, {
      workflowId: floorWorkflowId(connectionId),
      taskQueue: FLOOR_TASK_QUEUE,
      args: [{ connectionId }],
    }),
});

export const clientWay = ({ refreshes }: BenchStack): Way => ({
  kind: 'product',
  refreshOne: async (connectionId) =>
    plainResult.parse(await (await refreshes.refresh({ connectionId })).result()),
});

/**
 * Plain refreshes, Meld's webhooks included, each way in turn and then in the reverse order, so that a drift of the
 * machine meets all alike; each block of ours is paired with the floor's of the same turn.
 */
export const measureRefreshes: Part = async ({ stack, settings, say, signal }) => {
  const bench = await stack();
  const dispatcher = new Agent();
  const ways: Readonly<Record<string, Way>> = {
    floor: floorWay(bench),
    'by name': {
      kind: 'product',
      refreshOne: async (connectionId) =>
        plainResult.parse(
          await bench.temporal.workflow.execute(REFRESH_CONNECTION, {
            workflowId: refreshWorkflowId(connectionId),
            taskQueue: bench.stack.taskQueue,
            args: [{ connectionId }],
          }),
        ),
    },
    RefreshClient: clientWay(bench),
    HTTP: {
      kind: 'product',
      refreshOne: async (connectionId) => {
        const answer = await request(`${bench.stack.apiUrl}/v1/connections/${connectionId}/refreshes`, {
          method: 'POST',
          dispatcher,
          headers: { 'content-type': 'application/json', prefer: `wait=${WAIT_SECONDS}` },
          body: '{}',
        });
        return httpAnswer.parse(await answer.body.json());
      },
    },
  };
  const names = Object.keys(ways);

  const playBlock = async ({ kind, refreshOne }: Way, count: number, concurrency: number): Promise<Block> => {
    const ids = await bench.newConnections(kind, count, { params: { aggregationMs: 0 } });
    const latenciesMs: number[] = [];
    const before = cpuOf(bench, kind);
    const beganAllMs = performance.now();
    await mapConcurrent(ids, concurrency, async (id) => {
      signal.throwIfAborted();
      const beganMs = performance.now();
      await refreshOne(id);
      latenciesMs.push(performance.now() - beganMs);
    });
    const perSecond = (count / (performance.now() - beganAllMs)) * 1_000;
    const after = cpuOf(bench, kind);
    const spent = (name: keyof Block['cpuMs']) => (after[name] - before[name]) / count;
    return {
      perSecond,
      latenciesMs,
      cpuMs: {
        Temporal: spent('Temporal'),
        worker: spent('worker'),
        server: spent('server'),
        caller: spent('caller'),
      },
    };
  };

  try {
    say('warming up');
    for (const way of Object.values(ways)) await playBlock(way, settings.block, Math.max(...CONCURRENCIES));
    const tables: Record<string, Awaited<ReturnType<Part>>[string]> = {};
    for (const concurrency of CONCURRENCIES) {
      const count = concurrency === 1 ? Math.ceil(settings.block * ALONE_SHARE) : settings.block;
      const blocks = new Map<string, Block[]>(names.map((name) => [name, []]));
      for (let turn = 0; turn < settings.pairs; turn += 1) {
        say(`${concurrency} at once, turn ${turn + 1} of ${settings.pairs}`);
        for (const name of turn % 2 === 0 ? names : names.toReversed())
          blocks.get(name)!.push(await playBlock(ways[name]!, count, concurrency));
      }
      const floor = blocks.get('floor')!;
      tables[`${concurrency} at once`] = Object.fromEntries(
        [...blocks].map(([name, own]) => [name, row(own, floor, name === 'floor')]),
      );
    }
    return tables;
  } finally {
    await dispatcher.destroy();
  }
};

function row(blocks: readonly Block[], floor: readonly Block[], isFloor: boolean) {
  const rate = ({ perSecond }: Block) => perSecond;
  const p50 = ({ latenciesMs }: Block) => median(latenciesMs);
  const p99 = (latenciesMs: readonly number[]) => quantile(latenciesMs, 0.99);
  const cpu = (name: keyof Block['cpuMs']) =>
    estimate(
      blocks.map(({ cpuMs: spent }) => spent[name]),
      mean,
    );
  return {
    'refreshes/s': estimate(blocks.map(rate)),
    ...(!isFloor && { 'rate : floor': pairedRatio(blocks.map(rate), floor.map(rate)) }),
    'p50, ms': estimate(blocks.map(p50)),
    ...(!isFloor && { 'p50 : floor': pairedRatio(blocks.map(p50), floor.map(p50)) }),
    'p99, ms': estimate(
      blocks.flatMap(({ latenciesMs }) => latenciesMs),
      p99,
    ),
    'CPU Temporal, ms': cpu('Temporal'),
    'CPU worker, ms': cpu('worker'),
    'CPU server, ms': cpu('server'),
    'CPU caller, ms': cpu('caller'),
  };
}

function cpuOf({ stack, floor }: BenchStack, kind: Kind): Block['cpuMs'] {
  return {
    Temporal: cpuMs(stack.temporal.pid),
    worker: cpuMs(kind === 'floor' ? floor.worker.pid : stack.worker.pid),
    server: cpuMs(kind === 'floor' ? floor.receiver.pid : stack.server.pid),
    caller: cpuMs(process.pid),
  };
}
