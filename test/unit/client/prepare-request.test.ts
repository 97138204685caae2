import { notBeforeOf, prepareRequest } from '../../../src/client/prepare-request';

const NOW = '2026-03-01T12:00:00.000Z';
const NOW_MS = Date.parse(NOW);

describe('prepareRequest', () => {
  test('turns maxAge into an instant by the caller’s clock', () => {
    expect(prepareRequest({ connectionId: 'c', maxAge: '15m' }, {}, NOW_MS)).toEqual({
      connectionId: 'c',
      freshSince: '2026-03-01T11:45:00.000Z',
    });
  });

  test('leaves freshSince to the start of the run when the caller names neither', () => {
    expect(prepareRequest({ connectionId: 'c' }, {}, NOW_MS)).toEqual({ connectionId: 'c' });
  });

  test('asks for data of any age when maxAge is longer than time itself', () => {
    expect(prepareRequest({ connectionId: 'c', maxAge: '100y' }, {}, NOW_MS).freshSince).toBe(
      '1970-01-01T00:00:00.000Z',
    );
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
    expect(prepareRequest(request, {}, NOW_MS)).toEqual(request);
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
    expect(prepareRequest({ connectionId: 'c', policy }, configured, NOW_MS).policy).toEqual({
      maxCharges: 1,
      settle: '20s',
      poll: { first: '1m', factor: 2 },
      serverErrorBackoff: { factor: 4 },
      providers: {
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
    ['nothing is known', undefined, undefined, undefined],
    ['the window has passed', undefined, past, undefined],
    ['the window ends now', undefined, NOW, undefined],
    ['only the run before knows', undefined, soon, soon],
    ['only the caller knows', soon, null, soon],
    ['the caller knows a later one', later, soon, later],
    ['the run before knows a later one', soon, later, later],
    ['the memo holds no instant', soon, 'tomorrow', soon],
    ['it is written with an offset', undefined, '2026-03-01T15:00:00+02:00', soon],
  ])('%s', (_name, requested, remembered, expected) => {
    expect(notBeforeOf(requested, remembered, NOW_MS)).toBe(expected);
  });
});
