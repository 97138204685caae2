import { bulkLine, countsInWords } from '../../../../src/cli/refresh/bulk-view';
import { someOf } from '../../../../src/cli/refresh/run-many';
import {
  describedLines,
  progressLine,
  summaryLine,
  timeLeft,
  waitsForOthers,
} from '../../../../src/cli/format/description';
import { inWords } from '../../../../src/cli/format/time';
import { aProgress } from '../../../support/a-progress';
import { aDescription, anEnd } from '../support/a-description';

const NOW_MS = Date.parse('2026-03-01T12:00:00.000Z');

test.each([
  [0, '0s'],
  [1, '1s'],
  [59_999, '1m'],
  [7_500_000, '2h 5m'],
  [90_061_000, '1d 1h'],
  [-5, '0s'],
])('%i ms are %s', (durationMs, words) => expect(inWords(durationMs)).toBe(words));

const waiting = aDescription({
  progress: {
    phase: 'waiting_for_window',
    why: 'Meld answered 429',
    waitingUntil: '2026-03-01T14:05:00.000Z',
    calls: 1,
  },
});

test('progress is the phase, the reason, until when, and when it is given up', () => {
  expect(progressLine(waiting)).toBe(
    "con-1  waiting for the provider's window to end: Meld answered 429, next step at 2026-03-01 14:05:00 UTC, gives up at 2026-03-02 12:00:00 UTC",
  );
  expect(timeLeft(waiting, NOW_MS)).toBe('next step in 2h 5m');
  expect(timeLeft(waiting, Date.parse('2027-01-01T00:00:00Z'))).toBe('');
});

test('the next step is told apart from the end, and an instant of the reason is not told again', () => {
  const at = (why: string) =>
    progressLine(
      aDescription({
        progress: { phase: 'waiting_for_data', why, waitingUntil: '2026-03-01T12:01:00.000Z' },
      }),
    );
  expect(at('Meld accepted')).toContain(', next step at 2026-03-01 12:01:00 UTC, gives up at ');
  expect(at('until 2026-03-01 12:01:00 UTC').match(/12:01:00/g)).toHaveLength(1);
});

test.each([
  ['waiting_for_window', { onRateLimit: 'return' }, { onRateLimit: 'wait' }, true],
  ['waiting_for_window', {}, { onRateLimit: 'wait' }, false],
  ['waiting_for_window', { onRateLimit: 'return' }, { onRateLimit: 'return' }, false],
  ['waiting_for_data', { onRateLimit: 'return' }, { onRateLimit: 'wait' }, false],
  ['waiting_for_repair', {}, { onRepair: 'wait' }, true],
  ['waiting_for_repair', { onRepair: 'wait' }, { onRepair: 'wait' }, false],
] as const)(
  'in %s, a request for %j in a run for %j waits for others: %p',
  (phase, request, wanted, waits) => {
    const { terms } = aProgress();
    const run = aDescription({ progress: { phase, terms: { ...terms, ...wanted } } });
    expect(waitsForOthers(run, request) !== null).toBe(waits);
  },
);

test('a run without progress is before its first step, or cannot be read', () => {
  expect(progressLine(aDescription({}))).toBe('con-1  running: before its first step');
  expect(progressLine(aDescription({ progressUnreadable: true }))).toBe(
    'con-1  running: its progress cannot be read with these PAYLOAD_KEYS',
  );
  const activity = 'queued, waiting for a worker';
  expect(progressLine(aDescription({ activity }))).toBe(`con-1  ${activity}`);
});

test.each([
  [waiting, expect.stringContaining("waiting for the provider's window")],
  [
    anEnd('con-1', 'refreshed', { why: 'the data came after 1 call' }),
    'con-1  refreshed: the data came after 1 call',
  ],
  [
    anEnd('con-1', 'repair_required', {
      why: 'the customer must repair the connection first (LOGIN_REQUIRED)',
    }),
    "con-1  repair_required: the customer must repair the connection first (LOGIN_REQUIRED). To get the customer's link: meld-refresh repair con-1",
  ],
  [
    aDescription({ state: 'canceled', endedAt: '2026-03-01T12:01:30.000Z', progress: { mayBeCharged: 1 } }),
    'con-1  canceled: it ended at 2026-03-01 12:01:30 UTC without a result; 1 call may be charged',
  ],
  [
    aDescription({ state: 'failed', failure: 'Workflow terminated', progress: { mayBeCharged: 2 } }),
    'con-1  failed: Workflow terminated; 2 calls may be charged',
  ],
  [
    aDescription({ state: 'failed', failure: 'Workflow terminated', progressUnreadable: true }),
    'con-1  failed: Workflow terminated; its calls are unknown',
  ],
  [
    aDescription({ state: 'failed', failure: 'Workflow terminated' }),
    'con-1  failed: Workflow terminated; no call is charged',
  ],
])('a run in one line: %#', (description, line) => {
  expect(summaryLine(description, NOW_MS)).toEqual(line);
});

test('a run in full names its data and every call', () => {
  expect(describedLines(anEnd('con-1', 'refreshed'), NOW_MS)).toEqual([
    'con-1  refreshed: it ended',
    '  run run-of-con-1, started 2026-03-01T12:00:00.000Z, ended 2026-03-01T12:01:30.000Z',
    '  connection ACTIVE',
    '  wanted data since 2026-03-01T12:00:00.000Z; aggregated 2026-03-01T12:01:00.000Z',
    '  no call was made',
  ]);
});

const ACCEPTED = {
  sentAt: '2026-03-01T12:00:01.000Z',
  products: null,
  answer: 'accepted',
  httpStatus: 200,
  requestId: 'req-1',
  mayBeCharged: true,
} as const;
const LINE =
  '  call at 2026-03-01T12:00:01.000Z for all products: accepted (200), may be charged, Meld request req-1';

test.each([
  ['none', { calls: 0, ledger: [] }, ['  no call was made']],
  ['each', { calls: 1, ledger: [ACCEPTED] }, [LINE]],
  ['the latest of many', { calls: 51, ledger: [ACCEPTED] }, ['  calls made: 51, the latest of them:', LINE]],
  ['how many, by an older worker', { calls: 2 }, ['  calls made: 2']],
])('a run without a result names the calls of its ledger: %s', (_name, progress, lines) => {
  for (const state of ['running', 'canceled', 'failed'] as const) {
    const [, , ...calls] = describedLines(aDescription({ state, progress }), NOW_MS);
    expect(calls).toEqual(lines);
  }
});

test('a call under way has its answer to come, and is not said to be unknown', () => {
  const call = { ...ACCEPTED, answer: 'unknown', httpStatus: null, requestId: null } as const;
  const progress = { phase: 'calling', calls: 1, ledger: [call] } as const;
  const [, , line] = describedLines(aDescription({ progress }), NOW_MS);
  expect(line).toBe(
    '  call at 2026-03-01T12:00:01.000Z for all products: waiting for the answer, may be charged',
  );
  expect(describedLines(aDescription({ state: 'failed', progress }), NOW_MS)[2]).toContain(': unknown, may');
});

test.each(['running', 'canceled', 'failed'] as const)(
  'a %s run whose progress cannot be read may have made calls, and one without progress has made none',
  (state) => {
    const [, , ...calls] = describedLines(aDescription({ state, progressUnreadable: true }), NOW_MS);
    expect(calls).toEqual(["  calls unknown: this run's progress cannot be read with these PAYLOAD_KEYS"]);
    const [, , ...none] = describedLines(aDescription({ state }), NOW_MS);
    expect(none).toEqual(['  no call was made']);
  },
);

test('a bulk in one line: a bar, what is open, and counts in the order of the outcomes', () => {
  const states = ['not_found', 'refreshed', 'refreshed', 'refreshed', 'refreshed'] as const;
  const endings = new Map(states.map((state, index) => [`con-${index}`, state]));
  expect(bulkLine({ total: 10, endings, underWay: 2, waiting: 1, toStart: 2 }, 150_000, 200)).toBe(
    '[##########..........] 5/10  2m 30s  2/min  2 under way  1 waiting  2 to start  refreshed 4, not_found 1',
  );
  expect(countsInWords(endings)).toBe('refreshed 4, not_found 1');
});

test('of many ids the first ten are named', () => {
  expect(someOf(['a', 'b'])).toBe('a, b');
  expect(someOf(Array.from({ length: 12 }, (_, n) => `${n}`))).toBe(
    '0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more',
  );
});
