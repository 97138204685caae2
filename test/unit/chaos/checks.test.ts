import type { Delivery } from '../../../src/simulator/webhooks/outbox';
import type { LedgerEntry } from '../../../src/simulator/state/ledger';
import type { Call, RefreshResult } from '../../../src/refresh/model/outcome';
import { makeRandom } from '../../../src/simulator/state/random';
import { drawScenarios } from '../../chaos/scenarios';
import { planFaults } from '../../chaos/fault-plan';
import { checkCharges } from '../../chaos/check-charges';
import { checkRequests } from '../../chaos/check-requests';
import { checkWebhooks } from '../../chaos/check-webhooks';
import { checkOperated, type Act, type OperatedScenario } from '../../chaos/operators';
import type { Accepted } from '../../chaos/patient-caller';
import type { RunRecord } from '../../chaos/run-records';
import { FULL, SHORT } from '../../chaos/scales';

const START_MS = Date.parse('2026-03-01T12:00:00Z');
const at = (seconds: number): string => new Date(START_MS + seconds * 1_000).toISOString();

function aCall(seconds: number, answer: Call['answer'], requestId: string | null = null): Call {
  const mayBeCharged = answer === 'accepted' || answer === 'unknown';
  return { sentAt: at(seconds), products: null, answer, httpStatus: null, requestId, mayBeCharged };
}

/** Open from second 0 to second 10. */
function aRun({ calls = [], ...fields }: Partial<RunRecord> & { calls?: readonly Call[] } = {}): RunRecord {
  return {
    connectionId: 'conn',
    runId: 'run',
    startedAtMs: START_MS,
    closedAtMs: START_MS + 10_000,
    state: 'completed',
    result: { outcome: 'refreshed', calls } as unknown as RefreshResult,
    signals: [],
    keys: ['k1'],
    taskFailures: [],
    answers: [],
    marks: [],
    ...fields,
  };
}

function anEntry(seconds: number, fields: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    number: 1,
    connectionId: 'conn',
    at: at(seconds),
    products: null,
    requestId: 'r1',
    answer: 'accepted',
    httpStatus: 200,
    charged: true,
    ...fields,
  };
}

describe('charges', () => {
  const lost = { answer: 'lost', httpStatus: null } as const;
  test.each<[string, LedgerEntry[], Call[], string[]]>([
    ['holds a call and its answer to be one', [anEntry(1)], [aCall(1, 'accepted', 'r1')], []],
    ['accounts for a call by its lost answer', [anEntry(2, lost)], [aCall(1, 'unknown')], []],
    ['lets a lost answer be no call at Meld', [], [aCall(1, 'unknown')], []],
    [
      'allows a second charge after a lost answer',
      [anEntry(1, lost), anEntry(5, { requestId: 'r2' })],
      [aCall(1, 'unknown'), aCall(5, 'accepted', 'r2')],
      [],
    ],
    [
      'finds a second charge without a lost answer',
      [anEntry(1), anEntry(5, { requestId: 'r2' })],
      [aCall(1, 'accepted', 'r1'), aCall(5, 'accepted', 'r2')],
      ['conn: charged 2 times in one refresh, with no answer lost'],
    ],
    [
      'finds a charge past the limit',
      [anEntry(1, lost), anEntry(2, { ...lost, requestId: 'r2' }), anEntry(5, { requestId: 'r3' })],
      [aCall(1, 'unknown'), aCall(2, 'unknown'), aCall(5, 'accepted', 'r3')],
      ['conn: charged 3 times in one refresh'],
    ],
    [
      'finds a call that no result knows',
      [anEntry(1)],
      [],
      [expect.stringContaining('in the ledger of no result')],
    ],
    [
      'finds a call that Meld does not know',
      [],
      [aCall(1, 'accepted', 'r1')],
      ['conn: Meld knows no call r1'],
    ],
    [
      'finds a charge that the result denies',
      [anEntry(1)],
      [aCall(1, 'server_error', 'r1')],
      [expect.stringContaining('the result says'), expect.stringContaining('charged, and')],
    ],
  ])('%s', (_name, entries, calls, faults) => {
    expect(checkCharges(entries, [aRun({ calls })], 2).faults).toEqual(faults);
  });
});

describe('webhooks', () => {
  const delivery = (seconds: number, fields: Partial<Delivery> = {}): Delivery => ({
    event: {
      eventType: 'BANK_LINKING_ACCOUNTS_UPDATED',
      eventId: 'e1',
      timestamp: at(seconds),
      accountId: 'account',
      profileId: null,
      version: '1',
      payload: {},
    },
    connectionId: 'conn',
    url: 'http://127.0.0.1',
    state: 'delivered',
    attempts: [{ at: at(seconds), result: 'ok' }],
    ...fields,
  });
  const signal = (seconds: number) => ({
    name: 'accountsUpdated',
    id: 'e1',
    atMs: START_MS + seconds * 1_000,
  });
  const next = aRun({ runId: 'next', startedAtMs: START_MS + 10_100, closedAtMs: START_MS + 20_000 });

  test.each<
    [string, Delivery[], RunRecord[], { inHistories?: number; withoutOpenRun?: number; missing?: 1 }]
  >([
    ['finds one in its history', [delivery(5)], [aRun({ signals: [signal(5.1)] })], { inHistories: 1 }],
    ['misses one that is in no history', [delivery(5)], [aRun()], { missing: 1 }],
    [
      'counts each copy',
      [delivery(5), delivery(5.5)],
      [aRun({ signals: [signal(5.1)] })],
      { inHistories: 1, missing: 1 },
    ],
    [
      'takes no signal of another attempt for it',
      [delivery(8)],
      [aRun({ signals: [signal(3)] })],
      { missing: 1 },
    ],
    ['asks for nothing before a run', [delivery(-5)], [aRun()], { withoutOpenRun: 1 }],
    ['asks for nothing after a run', [delivery(11)], [aRun()], { withoutOpenRun: 1 }],
    ['asks for nothing while a run ends', [delivery(9.5)], [aRun()], { withoutOpenRun: 1 }],
    ['asks for nothing between two runs', [delivery(9.5)], [aRun(), next], { withoutOpenRun: 1 }],
    ['misses one of a run that is still open', [delivery(50)], [aRun({ closedAtMs: null })], { missing: 1 }],
    [
      'leaves out what was never acknowledged',
      [delivery(5, { state: 'dropped', attempts: [] })],
      [aRun()],
      {},
    ],
  ])('%s', (_name, deliveries, runs, expected) => {
    const check = checkWebhooks({ deliveries, runs, nobodyAtMs: new Map(), answeredWithinMs: 1_000 });
    const { inHistories = 0, withoutOpenRun = 0, missing } = expected;
    expect(check).toMatchObject({ inHistories, withoutOpenRun });
    expect(check.missing).toHaveLength(missing ?? 0);
  });

  test('believes the moment at which the server says that nobody was there', () => {
    const nobodyAtMs = new Map([['e1', [START_MS + 9_600]]]);
    const check = checkWebhooks({
      deliveries: [delivery(9.5)],
      runs: [aRun()],
      nobodyAtMs,
      answeredWithinMs: 1_000,
    });
    expect(check.missing).toHaveLength(1);
  });
});

describe('requests', () => {
  const accepted = (fields: Partial<Accepted> = {}): Accepted => ({
    connectionId: 'conn',
    runId: 'run',
    key: 'k1',
    disposition: 'started',
    status: 202,
    refresh: { state: 'running' },
    answeredAtMs: START_MS,
    tries: 1,
    ...fields,
  });
  const joined = accepted({ disposition: 'joined', key: 'k2' });

  test.each<[string, Accepted[], RunRecord[], number]>([
    ['finds each in a run that has ended', [accepted()], [aRun()], 0],
    ['misses one whose run is not there', [accepted()], [], 1],
    ['misses one whose run is open', [accepted()], [aRun({ state: 'open', result: null })], 1],
    ['misses a join that did not come in', [accepted(), joined], [aRun()], 1],
    ['finds a join in the run', [accepted(), joined], [aRun({ keys: ['k1', 'k2'] })], 0],
    ['sees one that is in two runs', [accepted()], [aRun(), aRun({ runId: 'run-2' })], 1],
    [
      'sees another result than the run has',
      [accepted({ refresh: { state: 'ended', result: {} } })],
      [aRun()],
      1,
    ],
  ])('%s', (_name, requests, runs, lost) => {
    expect(checkRequests(requests, runs).lost).toHaveLength(lost);
  });
});

describe('operators', () => {
  const operated = (act: Act): OperatedScenario => ({
    act,
    spec: { id: 'conn' },
    askAfterMs: 0,
    actAfterMs: 0,
    forMs: 0,
  });
  const lost = anEntry(2, { answer: 'lost', httpStatus: null });
  test.each<[string, LedgerEntry[], RunRecord[], number]>([
    ['lets one call be charged', [anEntry(1)], [aRun()], 0],
    ['sees that a second one was paid for', [anEntry(1), anEntry(2)], [aRun()], 1],
    ['lets a second one follow a lost answer', [anEntry(1), lost], [aRun()], 0],
    ['lets no third one follow', [anEntry(1), lost, lost], [aRun()], 1],
    ['sees a run that goes on for ever', [], [aRun({ state: 'open', result: null })], 1],
    ['lets a run be canceled', [], [aRun({ state: 'closed otherwise', result: null })], 0],
  ])('%s', (_name, entries, runs, faults) => {
    expect(checkOperated([operated('reset')], runs, entries, 2)).toHaveLength(faults);
  });
});

describe('the plan', () => {
  test.each([
    ['short', SHORT],
    ['full', FULL],
  ])(
    'of a %s round follows from the seed alone, with every fault and every scenario in it',
    (_name, scale) => {
      const plan = (seed: number) => {
        const random = makeRandom(seed);
        const scenarios = drawScenarios(random, scale.scenarios).map(({ spec, ...scenario }) => ({
          ...scenario,
          id: spec.id,
        }));
        return { scenarios, faults: planFaults(random, scale.faults) };
      };
      const { scenarios, faults } = plan(7);
      expect(plan(7)).toEqual({ scenarios, faults });
      expect(plan(8)).not.toEqual({ scenarios, faults });
      const alone = faults.flatMap(({ how, targets }) =>
        targets.length === 1 ? [`${how} ${targets[0]!}`] : [],
      );
      expect(new Set(alone).size).toBe(7);
      expect(new Set(scenarios.map(({ kind }) => kind)).size).toBe(32);
    },
  );
});
