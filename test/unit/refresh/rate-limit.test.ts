import type { Connection } from '../../../src/refresh/model/connection';
import type { RefreshState } from '../../../src/refresh/state';
import { windowAfter429, callAllowedAtMs } from '../../../src/refresh/rate-limit';
import { Run, T0, accepted, at, ms, rateLimited, serverError } from './support/a-run';

const state = (connection: Partial<Connection> = {}): RefreshState => new Run().reads(connection).state;
const MX = { serviceProvider: 'MX' };

describe('the window that is known', () => {
  test.each<[string, () => RefreshState, string | null]>([
    ['none before the first read', () => new Run().state, null],
    ['none of a provider without a rule', () => state(), null],
    [
      'none of a connection that was never aggregated',
      () => state({ ...MX, successfullyAggregatedAt: null }),
      null,
    ],
    ['one that an earlier refresh left', () => new Run({ notBefore: at('2h') }).state, '2h'],
    ['none that has passed when the run starts', () => new Run({ notBefore: at('0s') }).state, null],
    [
      'three hours after what MX aggregated',
      () => state({ ...MX, successfullyAggregatedAt: at('-1h') }),
      '2h',
    ],
    [
      'three hours after it was first seen, when Meld claims the future',
      () => state({ ...MX, successfullyAggregatedAt: at('1h') }),
      '3h',
    ],
    [
      'three hours after an accepted call',
      () => new Run().reads({ ...MX, successfullyAggregatedAt: null }).calls(accepted).state,
      '3h',
    ],
    [
      'none after a call that failed',
      () => new Run().reads({ ...MX, successfullyAggregatedAt: null }).calls(serverError).state,
      null,
    ],
    ['the one of the last 429', () => new Run().reads().calls(rateLimited('2h')).state, '2h'],
  ])('is %s', (_name, make, end) => {
    expect(callAllowedAtMs(make())).toBe(end === null ? null : T0 + ms(end));
  });
});

describe('the window that a 429 opens', () => {
  const inWindow = { ...MX, successfullyAggregatedAt: at('-1h') };

  test.each<[string, Partial<Connection>, string | null, string]>([
    ['the default, when nothing tells', {}, null, '1h'],
    ["a whole one of the provider's, when nothing tells where it began", MX, null, '3h'],
    ["what is left of the provider's", inWindow, null, '2h'],
    [
      "a whole one of the provider's, when the known one ends now",
      { ...MX, successfullyAggregatedAt: at('-3h') },
      null,
      '3h',
    ],
    ["the provider's, when Retry-After ends sooner", inWindow, '1h', '2h'],
    ['Retry-After, when it ends later', inWindow, '150m', '150m'],
    ['Retry-After alone, outside of any known window', MX, '1h', '1h'],
    ['the floor, when it would be over at once', {}, '0s', '1m'],
    ['Retry-After, when it is longer than is ever waited out', {}, '3d', '3d'],
  ])('lasts %s', (_name, connection, retryAfter, length) => {
    const retryAfterMs = retryAfter === null ? null : ms(retryAfter);
    expect(windowAfter429(state(connection), retryAfterMs, T0, 0)).toBe(T0 + ms(length));
  });

  test('is never shortened by jitter, and stretched by less than a tenth, not past the ceiling', () => {
    expect(windowAfter429(state(), ms('1h'), T0, 0.5)).toBe(T0 + ms('63m'));
    expect(windowAfter429(state(), 60_001, T0, 0.5)).toBe(T0 + 63_002);
    expect(windowAfter429(state(), ms('24h'), T0, 0.9)).toBe(T0 + ms('24h'));
    expect(windowAfter429(state(), ms('3d'), T0, 0.9)).toBe(T0 + ms('3d'));
  });
});
