import fc from 'fast-check';
import { ESCALATIONS, OUTCOMES } from '../../../src/refresh/model/outcome';
import { anyScenario, simulate } from './support/scenario';

test('the scenarios are varied: every outcome and every reason to escalate is reached', () => {
  const seen = new Map<string, number>();
  for (const scenario of fc.sample(anyScenario, { numRuns: 6_000, seed: 7 })) {
    const { result } = simulate(scenario);
    const name = result.outcome === 'escalated' ? result.reason : result.outcome;
    seen.set(name, (seen.get(name) ?? 0) + 1);
  }
  const endings = [...OUTCOMES.filter((outcome) => outcome !== 'escalated'), ...ESCALATIONS];
  expect(endings.filter((ending) => !seen.has(ending))).toEqual([]);
});
