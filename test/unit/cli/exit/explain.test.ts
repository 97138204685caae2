import { IdempotencyConflictError } from '../../../../src/client';
import { explain } from '../../../../src/cli/exit/explain';
import { parseRequest } from '../../../../src/refresh/input/parse-request';

const thrownBy = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

test.each([
  [
    thrownBy(() => parseRequest({ connectionId: 'c', maxAge: '1h', freshSince: '2026-03-01T12:00:00Z' })),
    /^--max-age: expected nothing beside --fresh-since/,
  ],
  [thrownBy(() => parseRequest({ connectionId: 'c', products: [] })), /^--products: expected a list/],
  [new IdempotencyConflictError('c', 'k'), /^--idempotency-key: expected the request that this key/],
])('a message names options and not fields: %#', (error, message) => {
  expect(explain(error)).toMatch(message);
});
