import { z } from 'zod';
import type { Check } from '../../refresh/input/checks';

/** A text that the core's check takes: the bounds, and the words for what is expected, are the core's. */
export function asCore(check: Check) {
  const expected = (value: unknown) => check(value, '').map((problem) => `expected ${problem.expected}`);
  return z.string({ error: ({ input }) => expected(input).join() }).superRefine((value, context) => {
    for (const problem of expected(value)) context.addIssue(problem);
  });
}
