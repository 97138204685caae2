import { z } from 'zod';
import { askJson, readLedger } from '../../src/dev/stack/simulator-controls';
import type { RefreshRequest } from '../../src/refresh/model/request';
import type { ConnectionSpec } from '../../src/simulator/state/connection-spec';
import { refreshWorkflowId } from '../../src/workflows/messages';
import { actionsIn, workflowTasksIn } from '../billable-actions';
import { floorWorkflowId } from '../floor/names';
import type { Part } from '../part';
import type { BenchStack, Kind } from '../stack';
import { estimate } from '../statistics';
import { floorWay } from './refreshes';

interface Path {
  readonly connection: Omit<ConnectionSpec, 'id' | 'count'>;
  readonly request: Omit<RefreshRequest, 'connectionId'>;
}

/** Hours of the default policy in seconds: a wait is one timer, and a poll no event, however long. */
const QUICK = {
  settle: '1s',
  settleWithWebhooks: '1s',
  poll: { first: '500ms', maximum: '1s' },
  unknownAnswerWait: '3s',
  serverErrorBackoff: { initial: '200ms', maximum: '1s' },
  rateLimitFloor: '1s',
  providers: { MX: { forcedRefreshEvery: '3s', after: 'any_aggregation' as const } },
};
const LOST = { delivery: { dropChance: 1 } };

/** By the name that docs/reliability.md gives them; the floor does the second. */
const PATHS: Readonly<Record<string, Path>> = {
  'fresh already': { connection: {}, request: { maxAge: '2d' } },
  'accepted, both webhooks': { connection: { params: { aggregationMs: 0 } }, request: {} },
  'all webhooks lost': {
    connection: { params: { aggregationMs: 100, ...LOST } },
    request: { policy: QUICK },
  },
  'one window of three hours': {
    connection: { scenario: 'mx_window', params: { windowMs: 3_000, ...LOST } },
    request: { policy: QUICK },
  },
  'healed after 5xx': { connection: { scenario: 'flaky', params: LOST }, request: { policy: QUICK } },
  'answer lost, data came': {
    connection: { scenario: 'lost_answer', params: { lostAnswer: 'cut', ...LOST } },
    request: { policy: QUICK },
  },
  '30 days of waiting for a repair': {
    connection: { scenario: 'repair', params: LOST },
    request: {
      onRepair: 'wait',
      giveUpAfter: '15s',
      policy: { ...QUICK, poll: { first: '100ms', maximum: '100ms' } },
    },
  },
};
const FLOOR = 'floor: accepted, both webhooks';

/** Three: they differ only in what happens to arrive together. */
const COUNTED_ROUNDS = 3;

const simulated = z.object({ reads: z.number() });

/** What one refresh of each path takes. A sample is one round, in which all paths run side by side. */
export const measureCounts: Part = async ({ stack, say }) => {
  const bench = await stack();
  const countPath = async ({ connection, request }: Path) => {
    const [connectionId = ''] = await bench.newConnections('product', 1, connection);
    const ask = async () => (await bench.refreshes.refresh({ connectionId, ...request })).result();
    return count(bench, 'product', connectionId, ask);
  };
  const countFloor = async () => {
    const [connectionId = ''] = await bench.newConnections('floor', 1, { params: { aggregationMs: 0 } });
    return count(bench, 'floor', connectionId, () => floorWay(bench).refreshOne(connectionId));
  };
  const rounds: Awaited<ReturnType<typeof count>>[][] = [];
  while (rounds.length < COUNTED_ROUNDS) {
    say(`counts, round ${rounds.length + 1} of ${COUNTED_ROUNDS}`);
    rounds.push(await Promise.all([countFloor(), ...Object.values(PATHS).map(countPath)]));
  }
  const rows = [FLOOR, ...Object.keys(PATHS)].map((name, index) => {
    const samples = rounds.map((round) => round[index]!);
    const columns = Object.keys(samples[0]!) as (keyof (typeof samples)[number])[];
    const cells = columns.map((column) => [column, estimate(samples.map((sample) => sample[column]))]);
    return [name, Object.fromEntries(cells)];
  });
  return { 'one refresh': Object.fromEntries(rows) };
};

async function count(bench: BenchStack, kind: Kind, connectionId: string, ask: () => Promise<unknown>) {
  const { temporal, urls } = bench;
  const grpcRequests = await bench.grpcRequestsOf(ask);
  const id = kind === 'floor' ? floorWorkflowId(connectionId) : refreshWorkflowId(connectionId);
  const workflow = temporal.workflow.getHandle(id);
  const { events } = await workflow.fetchHistory();
  const { raw } = await workflow.describe();
  const { historySizeBytes, stateTransitionCount } = raw.workflowExecutionInfo ?? {};
  const url = urls[kind];
  const { reads } = simulated.parse(await askJson(`${url}/_control/connections/${connectionId}`));
  const posts = (await readLedger(url)).filter((call) => call.connectionId === connectionId).length;
  return {
    events: events?.length ?? 0,
    bytes: Number(historySizeBytes),
    transitions: Number(stateTransitionCount),
    actions: actionsIn(events ?? []) + reads + posts,
    'workflow tasks': workflowTasksIn(events ?? []),
    GETs: reads,
    POSTs: posts,
    'gRPC requests': grpcRequests,
  };
}
