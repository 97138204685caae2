import { tellDetails, tellProgress } from '../../../src/refresh/tell-progress';
import { Run, accepted, at, rateLimited } from './support/a-run';

test('tells a person what is waited for, what is proven and what was paid', () => {
  const run = new Run().reads().calls(accepted).at('5s').event('accounts_updated', '5s', 'event-1');
  expect(tellDetails(run.state, run.next).split('\n')).toEqual([
    '**Waiting for data**: Meld accepted the refresh: waiting for its data',
    '',
    '- Connection: `conn-1`, First Example Bank through PLAID, ACTIVE',
    '- Wanted: data since 2026-03-01 12:00:00 UTC, by 2026-03-02 12:00:00 UTC',
    '- Data: last aggregated 2026-03-01 06:00:00 UTC',
    '- Next wake-up: 2026-03-01 12:00:30 UTC',
    '',
    '**Evidence**',
    '',
    '- BALANCES: event `event-1` of 2026-03-01 12:00:05 UTC',
    '- TRANSACTIONS: none yet',
    '',
    '**Calls**',
    '',
    '1. 2026-03-01 12:00:00 UTC, all products: accepted (200), Meld request `req-1`',
  ]);
});

test('words of Meld are shown as they are, not as Markdown', () => {
  const run = new Run().reads({ institutionName: '<b>Bank</b> | `x`\n# *Trust*' });
  expect(tellDetails(run.state, run.next)).toContain(
    '\\<b\\>Bank\\</b\\> \\| \\`x\\` # \\*Trust\\* through PLAID',
  );
});

test('a window that was met stays in the memo, for the next refresh to heed', () => {
  const run = new Run({ onRateLimit: 'return' }).reads().calls(rateLimited('2h'));
  expect(tellProgress(run.state, run.next)).toEqual({
    phase: 'ended',
    why: 'the provider allows the next call at 2026-03-01 14:00:00 UTC',
    waitingUntil: null,
    calls: 1,
    nextAllowedAt: at('2h'),
    connectionProducts: ['BALANCES', 'TRANSACTIONS'],
  });
});

test.each([
  ['optional ones included', { optionalProducts: ['OWNERS'] }, ['BALANCES', 'TRANSACTIONS', 'OWNERS']],
  ['none when Meld says none', { products: [], optionalProducts: ['OWNERS'] }, []],
])('tells the products that a join may name: %s', (_name, connection, expected) => {
  const run = new Run().reads(connection);
  expect(tellProgress(run.state, run.next).connectionProducts).toEqual(expected);
});
