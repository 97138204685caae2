import { notBeforeOf, prepareRequest } from '../../../../src/client/start/prepare-request';
import { DEFAULT_POLICY } from '../../../../src/refresh/model/policy';

const NOW = '2026-03-01T12:00:00.000Z';

describe('prepareRequest', () => {
  test('keeps maxAge, and names the whole policy', () => {
    expect(prepareRequest({ connectionId: 'c', maxAge: '15m' }, {})).toEqual({
      connectionId: 'c',
      maxAge: '15m',
      policy: DEFAULT_POLICY,
    });
  });

  test('keeps what the caller asks for', () => {
    const request = {
      connectionId: 'c',
      customerId: 'cu',
      products: ['BALANCES'],
      freshSince: NOW,
      giveUpAfter: '1h',
      onRateLimit: 'return',
      maxCharges: 1,
      notBefore: NOW,
    } as const;
    expect(prepareRequest(request, {})).toEqual({ ...request, policy: DEFAULT_POLICY });
  });

  test('lays the request’s policy over the configured one, nested objects field by field', () => {
    const configured = {
      maxCharges: 1,
      settle: '10s',
      poll: { first: '1m', factor: 3 },
      providers: { MX: { forcedRefreshEvery: '4h', after: 'any_aggregation' } },
    } as const;
    const policy = {
      settle: '20s',
      poll: { factor: 2 },
      serverErrorBackoff: { factor: 4 },
      providers: { FINICITY: { forcedRefreshEvery: '1h', after: 'any_aggregation' } },
    } as const;
    expect(prepareRequest({ connectionId: 'c', policy }, configured).policy).toEqual({
      ...DEFAULT_POLICY,
      maxCharges: 1,
      settle: '20s',
      poll: { ...DEFAULT_POLICY.poll, first: '1m', factor: 2 },
      serverErrorBackoff: { ...DEFAULT_POLICY.serverErrorBackoff, factor: 4 },
      providers: {
        ...DEFAULT_POLICY.providers,
        MX: { forcedRefreshEvery: '4h', after: 'any_aggregation' },
        FINICITY: { forcedRefreshEvery: '1h', after: 'any_aggregation' },
      },
    });
  });
});

describe('notBeforeOf', () => {
  const past = '2026-03-01T11:00:00.000Z';
  const soon = '2026-03-01T13:00:00.000Z';
  const later = '2026-03-01T14:00:00.000Z';

  test.each([
    ['nothing is known', [undefined, null], undefined],
    ['the window has passed by this clock, which may be ahead of Temporal’s', [undefined, past], past],
    ['only the run before knows', [undefined, soon], soon],
    ['only the caller knows', [soon, null], soon],
    ['the caller knows a later one', [later, soon], later],
    ['the run before knows a later one', [soon, later], later],
    ['the memo holds no instant', [soon, 'tomorrow'], soon],
    ['it is written with an offset', ['2026-03-01T15:00:00+02:00'], soon],
  ])('%s', (_name, known, expected) => {
    expect(notBeforeOf(known)).toBe(expected);
  });
});
