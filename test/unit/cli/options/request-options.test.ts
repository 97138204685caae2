import { readRequestOptions } from '../../../../src/cli/options/request-options';
import type { RequestOptions } from '../../../../src/cli/options/request-options';

test('options become the request, each in its own words', () => {
  expect(
    readRequestOptions({
      products: 'balances, TRANSACTIONS',
      maxAge: '15m',
      giveUpAfter: '2h',
      maxCharges: '1',
      onRateLimit: 'return',
      onRepair: 'wait',
      priority: 'bulk',
      customer: 'cus-1',
      idempotencyKey: 'bulk-1',
    }),
  ).toEqual({
    products: ['BALANCES', 'TRANSACTIONS'],
    maxAge: '15m',
    giveUpAfter: '2h',
    maxCharges: 1,
    onRateLimit: 'return',
    onRepair: 'wait',
    priority: 'bulk',
    customerId: 'cus-1',
    idempotencyKey: 'bulk-1',
  });
});

test('what is not given is not in the request', () => {
  expect(readRequestOptions({})).toEqual({});
});

test.each<[RequestOptions, string]>([
  [{ products: 'MONEY' }, '--products: expected a list of one or more of BALANCES'],
  [{ products: '' }, '--products: expected a list'],
  [
    { maxAge: 'soon' },
    '--max-age: expected a duration with its unit, such as "90s", "15m" or "3h", received "soon".',
  ],
  [{ freshSince: 'yesterday' }, '--fresh-since: expected an RFC 3339 instant'],
  [
    { maxAge: '1h', freshSince: '2026-03-01T12:00:00Z' },
    '--max-age: expected nothing, since freshSince is given',
  ],
  [
    { maxAge: '15' },
    '--max-age: expected a duration with its unit, such as "90s", "15m" or "3h", received "15".',
  ],
  [{ giveUpAfter: '20' }, '--give-up-after: expected a duration'],
  [{ giveUpAfter: '-1h' }, '--give-up-after: expected a duration'],
  [{ maxCharges: '0' }, '--max-charges: expected a whole number, 1 or more, received 0.'],
  [{ maxCharges: '1e3' }, '--max-charges: expected a whole number, 1 or more, received "1e3".'],
  [{ onRateLimit: 'retry' }, '--on-rate-limit: expected "wait" or "return", received "retry".'],
  [{ idempotencyKey: 'ü' }, '--idempotency-key: expected 1 to 255 printable ASCII characters'],
  [{ customer: '../x' }, '--customer: expected 1 to 128 letters'],
])('%j is refused in the words of the command line', (options, message) => {
  expect(() => readRequestOptions(options)).toThrow(message);
});
