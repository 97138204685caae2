import type { ConnectionSpec } from '../../src/simulator/state/connection-spec';
import { startCliRig, type CliRig } from './support/cli-rig';
import { until } from './support/until';

let rig: CliRig;

beforeAll(async () => {
  rig = await startCliRig();
});

afterAll(async () => {
  await rig.close();
});

interface Kind {
  readonly count: number;
  readonly spec: ConnectionSpec;
  readonly outcome: string;
  readonly charges: number;
}

/** 60 in all. */
const KINDS: Readonly<Record<string, Kind>> = {
  healthy: { count: 18, spec: {}, outcome: 'refreshed', charges: 1 },
  window: {
    count: 9,
    spec: { scenario: 'mx_window', params: { windowMs: 1_500 } },
    outcome: 'refreshed',
    charges: 1,
  },
  flaky: {
    count: 9,
    spec: { scenario: 'flaky', params: { failures: 1 } },
    outcome: 'refreshed',
    charges: 1,
  },
  lost: {
    count: 6,
    spec: { scenario: 'lost_answer', params: { lostAnswer: 'cut' } },
    outcome: 'refreshed',
    charges: 1,
  },
  barren: {
    count: 6,
    spec: { params: { calls: [{ answer: 'accepted', aggregation: 'fails' }] } },
    outcome: 'escalated',
    charges: 1,
  },
  broken: { count: 9, spec: { scenario: 'repair' }, outcome: 'repair_required', charges: 0 },
  vanished: { count: 3, spec: { scenario: 'vanished' }, outcome: 'not_found', charges: 0 },
};

const kindOf = (connectionId: string): Kind => KINDS[connectionId.split('-')[0]!]!;

/** One of each kind after the other, as far as they go: any half of them is a mix. */
function createConnections(): readonly string[] {
  const specs = Object.entries(KINDS).flatMap(([name, { count, spec }]) =>
    Array.from({ length: count }, (_, index) => ({ order: index / count, ...spec, id: `${name}-${index}` })),
  );
  const mixed = specs.sort((a, b) => a.order - b.order).map(({ order: _, ...spec }) => spec);
  return rig.simulator.createConnections(mixed).map(({ id }) => id);
}

interface Line {
  readonly connectionId: string;
  readonly runId: string;
  readonly outcome: string;
}

const linesOf = (stdout: string): readonly Line[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

test('a bulk that is interrupted, given again with its key, comes to one outcome each, none paid for twice', async () => {
  const ids = createConnections();
  expect(ids).toHaveLength(60);
  const command = ['refresh', '--file', '-', '--json', '--concurrency', '12', '--idempotency-key', 'bulk-1'];
  const stdin = ids.join('\n');
  const chargesOf = () => {
    const charges = new Map(ids.map((id) => [id, 0]));
    for (const { connectionId, charged } of rig.simulator.ledger()) {
      if (charged) charges.set(connectionId, charges.get(connectionId)! + 1);
    }
    return Object.fromEntries(charges);
  };
  const expectedCharges = Object.fromEntries(ids.map((id) => [id, kindOf(id).charges]));

  const first = await rig.run(command, { stdin, interruptAfterLines: 24 });
  expect(first.code).toBe(8);
  expect(first.stderr).toContain('Interrupted: no new refreshes are started');
  expect(first.stderr).toContain('--idempotency-key bulk-1');
  const before = linesOf(first.stdout);
  expect(before.length).toBeGreaterThanOrEqual(24);
  expect(before.length).toBeLessThan(54);

  const second = await rig.run(command, { stdin });
  expect(second.stderr).toContain('60 of 60 ended');
  // The worst of them is an escalation.
  expect(second.code).toBe(6);

  // What had ended is told again, and it is the same run.
  const outcomes = new Map(linesOf(second.stdout).map((line) => [line.connectionId, line]));
  for (const line of before) expect(outcomes.get(line.connectionId)).toEqual(line);
  expect([...outcomes.keys()].sort()).toEqual([...ids].sort());
  const unexpected = [...outcomes.values()].filter(
    ({ connectionId, outcome }) => outcome !== kindOf(connectionId).outcome,
  );
  expect(unexpected).toEqual([]);
  expect(chargesOf()).toEqual(expectedCharges);

  const other = await rig.run([...command, '--max-charges', '1'], { stdin: ids.slice(0, 2).join('\n') });
  expect(other.stdout).toContain('"code":"idempotency_conflict"');
  expect(chargesOf()).toEqual(expectedCharges);
}, 240_000);

test('callers who look on are called for before the bulk that waits for the rate limit', async () => {
  const bulk = ['queued-1', 'queued-2', 'queued-3', 'queued-4', 'queued-5'];
  const ids = [...bulk, 'looking-on'];
  rig.simulator.createConnections(ids.map((id) => ({ id })));
  const calledFor = () =>
    rig.simulator.ledger().flatMap(({ connectionId: id }) => (ids.includes(id) ? [id] : []));
  // A call every four seconds: a slow machine has twelve before the bulk is through.
  const refreshes = await rig.serve('limited', 0.25);
  const { code } = await rig.run(['refresh', ...bulk, '--no-wait', '--concurrency', '1'], {
    env: { TEMPORAL_TASK_QUEUE: 'limited' },
  });
  expect(code).toBe(0);
  await until('all calls of the bulk are due', async () => {
    const runs = await Promise.all(bulk.map((id) => refreshes.latest(id)));
    return runs.every((run) => run?.progress?.calls === 1) ? true : null;
  });

  await refreshes.refresh({ connectionId: 'looking-on' });
  const joined = await refreshes.refresh({ connectionId: 'queued-5' });
  expect(joined.disposition).toBe('joined');
  const both = ['looking-on', 'queued-5'];
  await until(
    'they were called for',
    () => (both.every((id) => calledFor().includes(id)) ? true : null),
    40_000,
  );
  expect(calledFor().length).toBeLessThan(ids.length);
});
