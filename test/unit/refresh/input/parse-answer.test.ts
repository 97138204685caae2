import fc from 'fast-check';
import { decide } from '../../../../src/refresh/decide';
import { toProgress } from '../../../../src/refresh/report/describe-progress';
import { parseCallAnswer, parseReadReport } from '../../../../src/refresh/input/parse-answer';
import { parseRequest } from '../../../../src/refresh/input/parse-request';
import { ANSWERS } from '../../../../src/refresh/model/outcome';
import { recordCall, recordCallNotSent } from '../../../../src/refresh/record/record-call';
import { beginRead, recordRead } from '../../../../src/refresh/record/record-read';
import { renderDetails } from '../../../../src/refresh/report/render-details';
import { initialState, type RefreshState } from '../../../../src/refresh/state';
import { Run, T0, aConnection, at } from '../support/a-run';

// An operator can complete an activity by hand, with anything.

describe('what a call was completed with', () => {
  test.each([
    ['nothing', null],
    ['an empty object', {}],
    ['a list', ['accepted']],
    ['an answer that nobody knows', { answer: 'constructor' }],
    ['an earlier call that is none', { answer: 'not_sent', lastCall: {} }],
    ['an earlier call of no instant', { answer: 'not_sent', lastCall: { sentAt: 'soon', products: null } }],
    [
      'an earlier call of no product',
      { answer: 'not_sent', lastCall: { sentAt: at('0s'), products: ['X'] } },
    ],
  ])('is a lost answer: %s', (_name, byHand) => {
    expect(parseCallAnswer(byHand)).toEqual({ answer: 'unknown', httpStatus: null, requestId: null });
  });

  test('is the answer that it names, without what cannot be read', () => {
    const byHand = { answer: 'rate_limited', requestId: 7, sentAt: 'noon', retryAfterMs: 'an hour' };
    expect(parseCallAnswer(byHand)).toEqual({
      answer: 'rate_limited',
      httpStatus: null,
      requestId: null,
      retryAfterMs: null,
    });
  });

  test('waits a century at most, since no date is later', () => {
    const run = new Run().reads().sends();
    const answer = parseCallAnswer({ answer: 'rate_limited', retryAfterMs: 1e18 });
    if (answer.answer === 'not_sent') throw new Error('expected an answer');
    expect(run.answers(answer, 0.9).result).toMatchObject({ outcome: 'rate_limited' });
  });
});

test.each([
  ['a status that is none', { status: 7 }],
  ['a text that no memo takes', { institutionName: 'x'.repeat(201) }],
  ['a product that is none', { products: [null] }],
])('a read completed with %s is a read that failed', (_name, over) => {
  const read = parseReadReport({ read: 'found', connection: { ...aConnection(), ...over } });
  expect(read).toMatchObject({ read: 'unavailable' });
});

const value = fc.oneof(
  { arbitrary: fc.jsonValue({ maxDepth: 2 }), weight: 1 },
  { arbitrary: fc.constantFrom(null, '', at('1m'), at('-1m'), '9999-12-31T23:59:59Z', 'soon'), weight: 2 },
  { arbitrary: fc.constantFrom(0, -1, 0.5, 200, 1e18, Number.MAX_VALUE), weight: 1 },
  { arbitrary: fc.constantFrom([], ['BALANCES'], ['OWNERS', 'NEW'], ['constructor'], [1]), weight: 1 },
);

/** The shape, with some fields left out and some that hold anything. */
const near = (shape: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> =>
  fc
    .tuple(
      fc.record(shape, { requiredKeys: [] }),
      fc.dictionary(fc.constantFrom(...Object.keys(shape)), value, { maxKeys: 2 }),
    )
    .map(([right, wrong]) => ({ ...right, ...wrong }));

const lastCall = near({
  sentAt: fc.constant(at('-1m')),
  leftBy: fc.constant(at('1m')),
  products: fc.constantFrom(null, ['BALANCES']),
  aggregatedBefore: fc.constantFrom(null, at('-6h')),
  delivered: fc.boolean(),
});
const call = near({
  answer: fc.constantFrom(...ANSWERS, 'not_sent'),
  httpStatus: fc.constant(200),
  requestId: fc.constant('req-1'),
  sentAt: fc.constant(at('0s')),
  retryAfterMs: fc.constant(60_000),
  lastCall,
});
const report = near({
  read: fc.constantFrom('found', 'not_found', 'access_denied', 'rejected', 'rate_limited'),
  connection: near(
    Object.fromEntries(Object.entries(aConnection()).map(([name, item]) => [name, fc.constant(item)])),
  ),
  httpStatus: fc.constant(403),
  retryAfterMs: fc.constant(60_000),
});

/** Everything that is computed from what came: what to do from then on, what is shown, and what the next run is given. */
function liveOn(from: RefreshState): void {
  let state = from;
  for (const nowMs of [T0 + 1_000, T0 + 60_000, T0 + 3_600_000, T0 + 200_000_000]) {
    const decided = decide(state, nowMs);
    state = decided.state;
    const progress = toProgress(state, decided.step, nowMs);
    renderDetails(state, decided.step, nowMs);
    const { lastCall: earlier, nextAllowedAt, idempotencyKeys } = progress;
    const next = { lastCall: earlier, notBefore: nextAllowedAt, idempotencyKeys };
    initialState(parseRequest(JSON.parse(JSON.stringify({ connectionId: 'conn-1', ...next }))), nowMs);
    if (decided.step.step !== 'read') continue;
    const found = { read: 'found', connection: aConnection() } as const;
    state = recordRead(beginRead(state, nowMs), found, nowMs, decided.step.kind);
  }
}

test('whatever a call is completed with, the run goes on and the next one starts', () => {
  fc.assert(
    fc.property(fc.oneof(value, call), (byHand) => {
      const { state } = new Run({ giveUpAfter: '36h' }).reads().sends();
      const nowMs = T0 + 1_000;
      const answer = parseCallAnswer(JSON.parse(JSON.stringify(byHand)));
      const after =
        answer.answer === 'not_sent'
          ? recordCallNotSent(state, nowMs, answer.lastCall)
          : recordCall(state, answer, nowMs, 0.9);
      liveOn(after);
    }),
    { numRuns: 500 },
  );
});

test('whatever a read is completed with, the run goes on and the next one starts', () => {
  fc.assert(
    fc.property(fc.oneof(value, report), fc.constantFrom('deciding', 'poll', 'closing'), (byHand, kind) => {
      const { state } = new Run({ giveUpAfter: '36h' });
      const read = parseReadReport(JSON.parse(JSON.stringify(byHand)));
      liveOn(recordRead(beginRead(state, T0), read, T0 + 1_000, kind));
    }),
    { numRuns: 500 },
  );
});
