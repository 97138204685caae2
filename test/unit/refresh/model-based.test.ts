import fc from 'fast-check';
import { ESCALATIONS, OUTCOMES } from '../../../src/refresh/model/outcome';
import { refreshabilityOf } from '../../../src/refresh/model/connection-status';
import { ms } from './support/a-run';
import { anyScenario, simulate } from './support/scenario';
import type { Trace, Scenario } from './support/scenario';

/** By default enough for each mutation tried by hand to break an invariant; about twenty seconds. */
const SCENARIOS = Number(process.env['SCENARIOS'] ?? 6_000);

const INVARIANTS: Readonly<Record<string, (trace: Trace, scenario: Scenario) => void>> = {
  'never a call that breaks a rule: status, window, charge limit, a read since the last wait': ({
    calls,
    maxCharges,
  }) => {
    for (const call of calls) {
      expect(call.readSinceWait).toBe(true);
      expect(refreshabilityOf(call.statusSeen)).toBe('refreshable');
      expect(call.sentAtMs).toBeGreaterThanOrEqual(call.knownWindowEndMs);
      expect(call.chargedBefore).toBeLessThan(maxCharges);
    }
  },

  'always an end by the deadline, in a bounded number of steps, with no more 429 and 5xx than allowed': (
    trace,
    { request },
  ) => {
    expect(trace.endedAtMs).toBeLessThanOrEqual(Math.max(trace.deadlineMs, trace.lastStepBeganMs) + ms('2m'));
    expect(trace.lastStepBeganMs).toBeLessThanOrEqual(trace.deadlineMs + ms('2m'));
    const answered = (answer: string): number => trace.calls.filter((call) => call.answer === answer).length;
    expect(answered('rate_limited')).toBeLessThanOrEqual((request.policy?.maxRateLimitWaits ?? 3) + 1);
    expect(answered('server_error') + answered('unknown')).toBeLessThanOrEqual(
      (request.policy?.serverErrorRetries ?? 4) + 2,
    );
    expect(answered('conflict')).toBeLessThanOrEqual(2);
  },

  'no caller is told that data is fresh which was not truly aggregated at or after its freshSince': ({
    told,
    aggregations,
    toleranceMs,
  }) => {
    for (const { products, result } of told) {
      if (result.outcome !== 'refreshed' && result.outcome !== 'already_fresh') continue;
      const earliestMs = Date.parse(result.freshSince) - toleranceMs;
      const young = aggregations.filter(({ endedAtMs }) => endedAtMs >= earliestMs);
      for (const product of products) {
        expect(Object.keys(result.evidence)).toContain(product);
        expect(young.some(({ brings }) => brings(product))).toBe(true);
      }
    }
  },

  'the ledger, the outcome and its fields agree': ({ result, calls }) => {
    expect(result.calls.map(({ answer }) => answer)).toEqual(calls.map(({ answer }) => answer));
    if (result.outcome === 'refreshed') expect(result.calls.length).toBeGreaterThan(0);
    if (result.outcome === 'already_fresh') expect(result.calls).toEqual([]);
    if (result.outcome === 'rate_limited') {
      expect(Date.parse(result.nextAllowedAt)).toBeGreaterThan(Date.parse(result.finishedAt));
    }
    if (result.outcome === 'escalated') expect(result.message).toMatch(/^[A-Z].*\.$/s);
  },
};

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
    { numRuns: SCENARIOS },
  );
  const endings = [...OUTCOMES.filter((outcome) => outcome !== 'escalated'), ...ESCALATIONS];
  expect(endings.filter((ending) => !seen.has(ending))).toEqual([]);
});
