import fc from 'fast-check';
import { visibilityQuery } from '../../../src/client/visibility-query';
import { InvalidRequestError } from '../../../src/refresh/input/invalid-request';

/** Of runs under other workflow ids, which all have failed at once, no connection is known. */
const ALL = "WorkflowType = 'refreshConnection' AND WorkflowId STARTS_WITH 'refresh-connection-'";

test.each([
  ['nothing', {}, ALL],
  ['running, a paused one too', { state: 'running' }, `${ALL} AND ExecutionStatus IN ('Running', 'Paused')`],
  [
    'a connection within a time',
    { connectionId: 'c-1', since: '2026-03-01T12:00:00+01:00', until: '2026-03-02T00:00:00Z' },
    "WorkflowType = 'refreshConnection' AND WorkflowId = 'refresh-connection-c-1' AND " +
      "StartTime >= '2026-03-01T11:00:00.000Z' AND StartTime < '2026-03-02T00:00:00.000Z'",
  ],
  ['ended', { state: 'ended' }, `${ALL} AND ExecutionStatus = 'Completed'`],
  ['canceled', { state: 'canceled' }, `${ALL} AND ExecutionStatus = 'Canceled'`],
  [
    'failed, whichever way',
    { state: 'failed' },
    `${ALL} AND ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut')`,
  ],
  [
    'everything',
    { state: 'ended', outcome: 'refreshed', customerId: 'c-1', provider: "O'Brien" },
    `${ALL} AND ExecutionStatus = 'Completed' AND ` +
      "MeldRefreshOutcome = 'refreshed' AND MeldCustomerId = 'c-1' AND MeldProvider = 'O''Brien'",
  ],
] as const)('asks for %s', (_name, filter, query) => {
  expect(visibilityQuery(filter)).toBe(query);
});

test.each([
  ['a state', { state: 'sleeping' }],
  ['a state that every object has', { state: 'constructor' }],
  ['an outcome', { outcome: "refreshed' OR 'a' = 'a" }],
  ['a moment', { since: 'yesterday' }],
  ['a day that is not there', { until: '2026-02-30T00:00:00Z' }],
  ['an empty customer', { customerId: '' }],
  ['a customer that no request can name', { customerId: 'a b' }],
  ['a backslash', { provider: '\\' }],
  ['a quotation mark', { provider: 'x"y' }],
  ['a line break', { provider: 'x\ny' }],
  ['ten kilobytes', { provider: 'x'.repeat(10_000) }],
])('refuses what no refresh can have: %s', (_name, filter) => {
  // As plain JavaScript would call it.
  expect(() => visibilityQuery(JSON.parse(JSON.stringify(filter)))).toThrow(InvalidRequestError);
});

test('keeps any value inside its quotes', () => {
  const value = fc.string({ unit: fc.constantFrom("'", '\\', '"', ' ', 'O', 'R', '=', '-', 'ö', '\0') });
  fc.assert(
    fc.property(value, (provider) => {
      let query: string;
      try {
        query = visibilityQuery({ provider });
      } catch (error) {
        return error instanceof InvalidRequestError;
      }
      const literal = query.slice(`${ALL} AND MeldProvider = `.length);
      return /^'(?:[^'\\]|'')*'$/.test(literal) && literal.slice(1, -1).replaceAll("''", "'") === provider;
    }),
  );
});
