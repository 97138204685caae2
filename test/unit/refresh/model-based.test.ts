import fc from 'fast-check';
import { CALL_LEAVES_WITHIN_MS } from '../../../src/refresh/model/call-bounds';
import { ESCALATIONS, OUTCOMES } from '../../../src/refresh/model/outcome';
import { refreshabilityOf } from '../../../src/refresh/model/connection-status';
import { PRODUCTS } from '../../../src/refresh/model/product';
import { ms } from './support/a-run';
import { anyScenario, type Scenario } from './support/scenario';
import {
  CLOCK_TOLERANCE_MS,
  COMPLETION_WAIT_MS,
  READ_MAX_AGE_MS,
  UNKNOWN_ANSWER_WAIT_MS,
  simulate,
  type Trace,
  type TrueCall,
} from './support/simulate';

/** Without it the same worlds each time: what is rarely found must not fail an unrelated change. */
const { WORLDS } = process.env;

const INVARIANTS: Readonly<Record<string, (trace: Trace, scenario: Scenario) => void>> = {
  'never a call that breaks a rule: status, window, charge limit, a read since the last wait': ({ runs }) => {
    for (const call of runs.flatMap(({ calls }) => calls)) {
      expect(call.readSinceWait).toBe(true);
      expect(call.readAgeMs).toBeLessThanOrEqual(READ_MAX_AGE_MS);
      expect(refreshabilityOf(call.statusSeen)).toBe('refreshable');
      expect(call.sentAtMs).toBeGreaterThanOrEqual(call.knownWindowEndMs);
      expect(call.chargedBefore).toBeLessThan(call.maxCharges);
    }
  },

  'no call while the data of another, of this run or one before it, is still awaited': (
    { runs, sent, aggregations, toleranceMs },
    { products: ofConnection },
  ) => {
    for (const [index, call] of sent.entries()) {
      for (const earlier of sent.slice(0, index)) {
        if (!earlier.charged || !asksForTheSame(earlier, call, ofConnection)) continue;
        // Also of what a reset has kept of the run.
        const isOwn = runs[call.run]?.calls.some(({ sentAtMs }) => sentAtMs === earlier.sentAtMs);
        const isUnknown = earlier.booked === 'unknown' && isOwn === true;
        // Where its own products were aggregated since, nobody can tell that it was not by this call.
        const sinceMs = (isUnknown ? earlier.sentAtMs : earlier.decidedAtMs) - toleranceMs;
        const seemsDone = aggregations.some(
          ({ endedAtMs }) => endedAtMs >= sinceMs && endedAtMs <= call.sentAtMs,
        );
        if (seemsDone) continue;
        const waitMs = isUnknown ? UNKNOWN_ANSWER_WAIT_MS : COMPLETION_WAIT_MS;
        expect(call.sentAtMs - earlier.sentAtMs).toBeGreaterThanOrEqual(waitMs);
      }
    }
  },

  'always an end by the deadline, in a bounded number of steps, with no more windows and 5xx than allowed': (
    { runs, aggregations, toleranceMs },
    { request },
  ) => {
    for (const { endedAtMs, lastStepBeganMs, deadlineMs, pausedMs, limitsWaitedOut, calls } of runs) {
      const latestMs = deadlineMs + pausedMs + ms('2m');
      expect(endedAtMs).toBeLessThanOrEqual(Math.max(latestMs, lastStepBeganMs + ms('2m')));
      expect(lastStepBeganMs).toBeLessThanOrEqual(latestMs);
      const answered = (answer: string): number => calls.filter(({ booked }) => booked === answer).length;
      // A window that passes while something else is waited for is not waited out, and does not count.
      expect(limitsWaitedOut).toBeLessThanOrEqual(request.policy?.maxRateLimitWaits ?? 3);
      // A call whose data seems to have come before the next one was a lost answer, and no failure.
      const seemsDone = ({ sentAtMs }: TrueCall, next: TrueCall | undefined): boolean =>
        aggregations.some(
          (one) => one.endedAtMs >= sentAtMs - toleranceMs && one.endedAtMs <= (next?.sentAtMs ?? Infinity),
        );
      const undone = calls.filter(
        (call, index) => call.booked === 'unknown' && !seemsDone(call, calls[index + 1]),
      );
      expect(answered('server_error') + undone.length).toBeLessThanOrEqual(
        (request.policy?.serverErrorRetries ?? 4) + 2,
      );
      expect(answered('conflict')).toBeLessThanOrEqual(2);
    }
  },

  'no caller is told that data is fresh which was not truly aggregated at or after its freshSince': (
    trace,
    { products: ofConnection },
  ) => {
    for (const { products, freshSinceMs, result } of trace.told) {
      if (result.outcome !== 'refreshed' && result.outcome !== 'already_fresh') continue;
      // Events of both kinds tell of every product there is, also of a connection that nobody could read.
      const all = ofConnection.length > 0 && result.connection !== null ? ofConnection : PRODUCTS;
      const young = trace.aggregations.filter(
        ({ endedAtMs }) => endedAtMs >= freshSinceMs - trace.toleranceMs,
      );
      for (const product of products ?? all) {
        expect(Object.keys(result.evidence)).toContain(product);
        expect(young.some((done) => seemsToBring(done, product, trace))).toBe(true);
      }
    }
  },

  'every caller is answered about their own request': (
    { told, result: ofRun },
    { products: ofConnection },
  ) => {
    // The run itself, which webhooks and lists tell of, says no better than all of its callers are told.
    const isRefused = told.every(({ result }) => result.outcome === 'not_refreshable');
    if (isRefused) expect(['refreshed', 'already_fresh']).not.toContain(ofRun.outcome);
    for (const { products, freshSinceMs, result } of told) {
      expect(Date.parse(result.freshSince)).toBe(freshSinceMs);
      const lacking =
        result.connection === null || ofConnection.length === 0
          ? []
          : (products ?? []).filter((product) => !ofConnection.includes(product));
      const reason = result.outcome === 'not_refreshable' ? result.reason : '';
      if (lacking.length > 0) expect(reason).toBe(`PRODUCT_NOT_AVAILABLE: ${lacking.join(', ')}`);
      else expect(reason).not.toMatch('PRODUCT_NOT_AVAILABLE');
    }
  },

  'the ledger, the outcome and its fields agree': ({ result, runs }) => {
    expect(result.calls.map(({ answer }) => answer)).toEqual(runs.at(-1)?.calls.map(({ booked }) => booked));
    if (result.outcome === 'refreshed') expect(result.calls.length).toBeGreaterThan(0);
    if (result.outcome === 'already_fresh') expect(result.calls).toEqual([]);
    if (result.outcome === 'rate_limited') {
      expect(Date.parse(result.nextAllowedAt)).toBeGreaterThan(Date.parse(result.finishedAt));
    }
    if (result.outcome === 'escalated') {
      expect(result.message).toMatch(/^[A-Z].*\.$/s);
      // A read that only completes the report, and one that was ended for the data, do not tell that Meld is away.
      expect(result.message).not.toMatch(/closing read|the data came/);
    }
  },
};

/**
 * Whether an aggregation brought a product, as far as anyone can tell who is told neither what Meld aggregated nor for
 * which call: of two calls that are in the dark at once, each may have brought what is there.
 */
function seemsToBring(
  { endedAtMs, datedAtMs, sentAtMs, products }: Trace['aggregations'][number],
  product: string,
  { sent, lostInQueue, noticedMs, toleranceMs }: Trace,
): boolean {
  if (products === null || products.includes(product)) return true;
  if (sentAtMs !== null) {
    // Later than anyone waits for it, it is taken for an aggregation of Meld's own.
    if (datedAtMs >= sentAtMs + COMPLETION_WAIT_MS) return true;
    // The clocks differ by more than is allowed for: it is dated before its call.
    if (datedAtMs < sentAtMs - CLOCK_TOLERANCE_MS) return true;
  }
  const mayBring = (call: TrueCall, endMs: number, dateMs = endMs): boolean =>
    leftFromMs(call) - toleranceMs <= endMs && Math.min(dateMs, endMs) <= leftByMs(call) + COMPLETION_WAIT_MS;
  const isKnownToHaveCome = (call: TrueCall): boolean => {
    const { dataAtMs } = call;
    if (dataAtMs === null || dataAtMs >= endedAtMs) return false;
    const noticedAtMs = noticedMs.get(dataAtMs);
    if (noticedAtMs === undefined) return false;
    return !sent.some(
      (other) =>
        (other.dataAtMs ?? Infinity) > dataAtMs && other.sentAtMs <= noticedAtMs && mayBring(other, dataAtMs),
    );
  };
  return (
    sent.some(
      (call) =>
        (call.products?.includes(product) ?? true) &&
        mayBring(call, endedAtMs, datedAtMs) &&
        !isKnownToHaveCome(call),
    ) ||
    lostInQueue.some(
      (call) =>
        (call.products?.includes(product) ?? true) &&
        // Of a connection that was never aggregated, NaN.
        !(datedAtMs <= call.aggregatedBeforeMs) &&
        call.decidedAtMs - toleranceMs <= endedAtMs &&
        Math.min(datedAtMs, endedAtMs) <= call.decidedAtMs + CALL_LEAVES_WITHIN_MS + COMPLETION_WAIT_MS,
    )
  );
}

/** As far as its run can know: a call whose answer was lost may have left at any instant from its decision on. */
const leftFromMs = (call: TrueCall): number => (isInTheDark(call) ? call.decidedAtMs : call.sentAtMs);
const leftByMs = (call: TrueCall): number =>
  isInTheDark(call) ? call.decidedAtMs + CALL_LEAVES_WITHIN_MS : call.sentAtMs;
const isInTheDark = ({ booked }: TrueCall): boolean => booked === 'unknown' || booked === null;

function asksForTheSame(a: TrueCall, b: TrueCall, ofConnection: readonly string[]): boolean {
  const all = ofConnection.length > 0 ? ofConnection : PRODUCTS;
  const asked = b.products ?? all;
  return (a.products ?? all).some((product) => asked.includes(product));
}

test('every scenario keeps every invariant, and the scenarios reach every outcome and every reason to escalate', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(anyScenario, (scenario) => {
      const trace = simulate(scenario);
      const { result } = trace;
      seen.add(result.outcome === 'escalated' ? result.reason : result.outcome);
      for (const [name, invariant] of Object.entries(INVARIANTS)) {
        try {
          invariant(trace, scenario);
        } catch (cause) {
          throw new Error(`broken: ${name}: ${String(cause)}`, { cause });
        }
      }
    }),
    WORLDS === undefined ? { numRuns: 5_000, seed: 1 } : { numRuns: Number(WORLDS) },
  );
  const endings = [...OUTCOMES.filter((outcome) => outcome !== 'escalated'), ...ESCALATIONS];
  expect(endings.filter((ending) => !seen.has(ending))).toEqual([]);
});
