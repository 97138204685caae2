import { isCallStillDue } from '../../../src/refresh/decide';
import { Run, T0, ms } from './support/a-run';

// What of a call that waits for its turn becomes another one, if anything, when something arrives.

const isDue = (run: Run): boolean => isCallStillDue(run.state, run.nowMs);
/** Queued at the beginning, looked at two minutes later. */
const queued = (products?: readonly ['BALANCES']): Run =>
  new Run(products && { products }).reads().sends().at('2m');

test.each<[string, Run]>([
  ['nothing has come', queued()],
  ['it is the last one that may be charged', new Run({ maxCharges: 1 }).reads().sends()],
  ['it has waited for longer than a read may be old', queued().at('4m')],
  ['others want some of its products', queued().joins({ products: ['BALANCES'] })],
  ['others want the same', queued(['BALANCES']).joins({ products: ['BALANCES'], maxCharges: 9 })],
  [
    'others want data of later than its decision: it leaves after that',
    queued().joins({ freshSinceMs: T0 + ms('2m') }),
  ],
  ['others want what the connection lacks', queued(['BALANCES']).joins({ products: ['OWNERS'] })],
  ['a part of its data has come', queued().event('accounts_updated', '1m')],
])('a call that waits for its turn is still due when %s', (_when, run) => {
  expect(isDue(run)).toBe(true);
});

test.each<[string, Run]>([
  ['others want other products', queued(['BALANCES']).joins({ products: ['TRANSACTIONS'] })],
  ['others want all products', queued(['BALANCES']).joins()],
  ['others want data from a moment to come', queued().joins({ freshSinceMs: T0 + ms('3m') })],
  ['the status has changed', queued().event('status_changed', '2m')],
  ['its data is there', queued().event('accounts_updated', '1m').event('transactions_aggregated', '1m')],
  ['its deadline has passed', new Run({ giveUpAfter: '1m' }).reads().sends().at('2m')],
])('a call that waits for its turn is not due any more when %s', (_when, run) => {
  expect(isDue(run)).toBe(false);
});

test('joins that come all the time withdraw three calls, not the fourth', () => {
  const run = new Run({ products: ['BALANCES'] }).reads();
  const withdrawn: boolean[] = [];
  for (let calls = 0; calls < 4; calls++) {
    run.sends().joins({ freshSinceMs: run.nowMs + ms('10s') });
    withdrawn.push(!isDue(run));
    if (isDue(run)) break;
    run.notSent().waitsAndReads();
  }
  expect(withdrawn).toEqual([true, true, true, false]);
});
