import { CORE, MUTANTS } from '../../model-check/core';
import { REQUESTS } from '../../model-check/requests';
import { search } from '../../model-check/search';

// `npm run model-check` goes deeper.
test.each(Object.entries(REQUESTS))('no order of three happenings breaks a rule: %s', (_name, request) => {
  expect(search(CORE, request, { maxDepth: 3, untilMs: Infinity })).toMatchObject({
    depth: 3,
    violation: null,
  });
});

test.each(MUTANTS)('finds a core that $name', ({ core, request }) => {
  const { violation } = search(core, REQUESTS[request], { maxDepth: 5, untilMs: Infinity });
  expect(violation?.what).toMatch(/^(a call|refreshed|already_fresh) /);
});
