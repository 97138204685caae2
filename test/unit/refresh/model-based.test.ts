import fc from 'fast-check';
import { refreshabilityOf } from '../../../src/refresh/model/connection-status';
import { PRODUCTS } from '../../../src/refresh/model/product';
import { ms } from './support/a-run';
import { anyWorld, live } from './support/scenario';
import type { Life, World } from './support/scenario';

/** By default enough for each mutation tried by hand to break an invariant; about ten seconds. */
const WORLDS = Number(process.env['WORLDS'] ?? 6_000);

const holdsInEveryWorld = (invariant: (life: Life, world: World) => void): void => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      invariant(live(world), world);
    }),
    { numRuns: WORLDS },
  );
};

test('never a call that breaks a rule: status, window, charge limit, a look since the last wait', () => {
  holdsInEveryWorld(({ calls, maxCharges }) => {
    for (const call of calls) {
      expect(call.lookSinceWait).toBe(true);
      expect(refreshabilityOf(call.statusSeen)).toBe('refreshable');
      expect(call.sentAtMs).toBeGreaterThanOrEqual(call.knownWindowEndMs);
      expect(call.chargedBefore).toBeLessThan(maxCharges);
    }
  });
});

test('always an end by the deadline, in a bounded number of steps, with no more 429 and 5xx than allowed', () => {
  holdsInEveryWorld((life, { request }) => {
    expect(life.endedAtMs).toBeLessThanOrEqual(Math.max(life.deadlineMs, life.lastStepBeganMs) + ms('2m'));
    expect(life.lastStepBeganMs).toBeLessThanOrEqual(life.deadlineMs + ms('2m'));
    const answered = (answer: string): number => life.calls.filter((call) => call.answer === answer).length;
    expect(answered('rate_limited')).toBeLessThanOrEqual((request.policy?.maxRateLimitWaits ?? 3) + 1);
    expect(answered('server_error') + answered('unknown')).toBeLessThanOrEqual(
      (request.policy?.serverErrorRetries ?? 4) + 2,
    );
    expect(answered('conflict')).toBeLessThanOrEqual(2);
  });
});

test('never refreshed or already_fresh without data that was truly aggregated at or after freshSince', () => {
  holdsInEveryWorld(({ result, aggregations, toleranceMs }, world) => {
    if (result.outcome !== 'refreshed' && result.outcome !== 'already_fresh') return;
    const wanted = world.request.products ?? (world.products.length > 0 ? world.products : PRODUCTS);
    for (const product of wanted) {
      expect(Object.keys(result.evidence)).toContain(product);
      const earliestMs = Date.parse(result.freshSince) - toleranceMs;
      const truth = aggregations.filter(({ endedAtMs }) => endedAtMs >= earliestMs);
      expect(truth.some(({ announces }) => announces(product))).toBe(true);
    }
  });
});

test('the ledger, the outcome and its fields agree', () => {
  holdsInEveryWorld(({ result, calls }) => {
    expect(result.calls.map(({ answer }) => answer)).toEqual(calls.map(({ answer }) => answer));
    if (result.outcome === 'refreshed') expect(result.calls.length).toBeGreaterThan(0);
    if (result.outcome === 'already_fresh') expect(result.calls).toEqual([]);
    if (result.outcome === 'rate_limited') {
      expect(Date.parse(result.nextAllowedAt)).toBeGreaterThan(Date.parse(result.finishedAt));
    }
    if (result.outcome === 'escalated') expect(result.message).toMatch(/^[A-Z].*\.$/s);
  });
});
