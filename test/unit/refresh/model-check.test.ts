import { CORE, MUTANTS } from '../../model-check/core';
import { search } from '../../model-check/search';
import { SCENARIOS } from '../../model-check/world';

// `npm run model-check` goes deeper; docs/reliability.md says how deep.

test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
  'no order of the first five happenings breaks an invariant: %s',
  (_name, scenario) => {
    const { depth, states, violation } = search(CORE, scenario, { depth: 5 });
    expect(violation).toBeNull();
    expect(depth).toBe(5);
    expect(states).toBeGreaterThan(5_000);
  },
);

test.each([
  ['forgets the window of a 429', 6, 'a call inside a known window'],
  ['takes an event for news, however old it is', 3, 'already_fresh without evidence for BALANCES'],
  ['books a lost answer as a refusal', 4, 'the ledger is not what happened'],
])('the search finds a core that %s, %d happenings from the begin', (name, length, what) => {
  const found = SCENARIOS.map(
    (scenario) => search(MUTANTS[name] ?? CORE, scenario, { depth: length }).violation,
  );
  const shortest = found.find((one) => one?.trace.length === length + 1);
  expect(shortest?.what).toBe(what);
});
