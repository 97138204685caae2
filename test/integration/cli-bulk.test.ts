import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ConnectionSpec } from '../../src/simulator/state/connection-spec';
import { startCliRig } from './support/cli-rig';
import type { CliRig } from './support/cli-rig';

let rig: CliRig;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'cli-bulk-'));
  rig = await startCliRig();
});

afterAll(async () => {
  await rig.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Kind {
  readonly count: number;
  readonly spec: ConnectionSpec;
  readonly outcome: string;
  readonly charges: number;
}

/** 500 in all. */
const KINDS: Readonly<Record<string, Kind>> = {
  healthy: { count: 190, spec: {}, outcome: 'refreshed', charges: 1 },
  window: {
    count: 60,
    spec: { script: 'mx_window', knobs: { windowMs: 1_500 } },
    outcome: 'refreshed',
    charges: 1,
  },
  flaky: { count: 60, spec: { script: 'flaky', knobs: { failures: 1 } }, outcome: 'refreshed', charges: 1 },
  lost: {
    count: 50,
    spec: { script: 'lost_answer', knobs: { lostAnswer: 'cut' } },
    outcome: 'refreshed',
    charges: 1,
  },
  barren: {
    count: 40,
    spec: { knobs: { calls: [{ answer: 'accepted', aggregation: 'fails' }] } },
    outcome: 'escalated',
    charges: 1,
  },
  broken: { count: 60, spec: { script: 'repair' }, outcome: 'repair_required', charges: 0 },
  vanished: { count: 40, spec: { script: 'vanished' }, outcome: 'not_found', charges: 0 },
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

test('a bulk of 500 that is interrupted and loses part of its journal is resumed to one outcome each, none paid for twice', async () => {
  const ids = createConnections();
  expect(ids).toHaveLength(500);
  const journal = path.join(folder, 'bulk.jsonl');

  const first = await rig.run(
    ['refresh', '--file', '-', '--json', '--concurrency', '40', '--journal', journal],
    { stdin: ids.join('\n'), interruptAfterLines: 250 },
  );
  expect(first.code).toBe(8);
  expect(first.stderr).toContain('Interrupted: no new refreshes are started');
  expect(first.stderr).toContain(`--resume ${journal}`);
  const before = linesOf(first.stdout);
  expect(before.length).toBeGreaterThanOrEqual(250);
  expect(before.length).toBeLessThan(400);

  // What a crash could do, and worse: every fifth connection is forgotten, and the last line is torn.
  const [header, ...written] = readFileSync(journal, 'utf8').trimEnd().split('\n');
  const forgotten = new Set(ids.filter((_, index) => index % 5 === 0));
  const kept = written.filter((line) => !forgotten.has(JSON.parse(line).started ?? JSON.parse(line).ended));
  expect(kept.length).toBeLessThan(written.length - 60);
  writeFileSync(journal, [header, ...kept, '{"started":"heal'].join('\n'));

  const second = await rig.run(['refresh', '--resume', journal, '--json', '--concurrency', '40']);
  expect(second.stderr).toContain('500 of 500 ended');
  // The worst of them is an escalation.
  expect(second.code).toBe(6);

  const outcomes = new Map<string, Line>();
  for (const line of [...before, ...linesOf(second.stdout)]) {
    // A forgotten one is told again, and it is the same run.
    const earlier = outcomes.get(line.connectionId);
    if (earlier !== undefined) expect({ ...earlier }).toEqual({ ...line });
    outcomes.set(line.connectionId, line);
  }
  expect([...outcomes.keys()].sort()).toEqual([...ids].sort());
  const unexpected = [...outcomes.values()].filter(
    ({ connectionId, outcome }) => outcome !== kindOf(connectionId).outcome,
  );
  expect(unexpected).toEqual([]);

  const charges = new Map(ids.map((id) => [id, 0]));
  for (const { connectionId, charged } of rig.simulator.ledger()) {
    if (charged) charges.set(connectionId, charges.get(connectionId)! + 1);
  }
  expect(Object.fromEntries(charges)).toEqual(Object.fromEntries(ids.map((id) => [id, kindOf(id).charges])));
}, 240_000);
