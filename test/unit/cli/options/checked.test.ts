import { makeProgram } from '../../../../src/cli/program';
import type { RefreshRequest } from '../../../../src/client';
import { aContext } from '../support/a-context';

/** The options of a command as its action gets them. */
function optionsOf(name: string, ...words: readonly string[]): Readonly<Record<string, unknown>> {
  const program = makeProgram(aContext());
  const command = program.commands.find((one) => one.name() === name)!;
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  return command.parseOptions([...words]).unknown.length > 0 ? {} : command.opts();
}

test('options become the request, each in its own words', () => {
  const words =
    '--products balances,TRANSACTIONS --max-age 15m --give-up-after 2h --max-charges 1 --on-rate-limit return ' +
    '--on-repair wait --priority bulk --customer cus-1 --idempotency-key bulk-1';
  const request: Omit<RefreshRequest, 'connectionId' | 'customerId'> = {
    products: ['BALANCES', 'TRANSACTIONS'],
    maxAge: '15m',
    giveUpAfter: '2h',
    maxCharges: 1,
    onRateLimit: 'return',
    onRepair: 'wait',
    priority: 'bulk',
    idempotencyKey: 'bulk-1',
  };
  expect(optionsOf('refresh', ...words.split(' '))).toEqual({
    ...request,
    customer: 'cus-1',
    concurrency: 20,
  });
});

test('an age is the instant that long ago, and an instant is taken as it is', () => {
  const nowMs = Date.now();
  const { since, until } = optionsOf('list', '--since', '7d', '--until', '2026-03-01T12:00:00+01:00');
  expect(nowMs - Date.parse(String(since)) - 7 * 86_400_000).toBeLessThan(10_000);
  expect(until).toBe('2026-03-01T12:00:00+01:00');
});

test.each<[string, string, string]>([
  ['refresh', '--products=MONEY', 'a list of one or more of BALANCES'],
  ['refresh', '--products=', 'a list of one or more'],
  ['refresh', '--max-age=soon', 'a duration with its unit, such as "90s", "15m" or "3h"'],
  ['refresh', '--max-age=15', 'a duration with its unit, such as "90s", "15m" or "3h"'],
  ['refresh', '--max-age=99999999999y', 'a duration from 0 to 100 years'],
  ['refresh', '--max-age=-5m', 'a duration from 0 to 100 years'],
  ['refresh', '--fresh-since=yesterday', 'an RFC 3339 instant with its time zone'],
  ['refresh', '--give-up-after=20', 'a duration with its unit'],
  ['refresh', '--give-up-after=91d', 'a duration with its unit, such as "24h", at most 90 days'],
  ['refresh', '--max-charges=0', 'a whole number, 1 or more'],
  ['refresh', '--max-charges=1e3', 'a whole number, 1 or more'],
  ['refresh', '--idempotency-key=ü', '1 to 255 printable ASCII characters'],
  ['refresh', '--customer=../x', '1 to 128 letters'],
  ['refresh', '--concurrency=501', 'a whole number from 1 to 500'],
  ['refresh', '--timeout=5', 'a duration with its unit'],
  ['list', '--limit=all', 'a whole number from 1 to 1000000000'],
  ['list', '--limit=0x1', 'a whole number from 1 to 1000000000'],
  ['list', '--since=7', 'an age of up to 100 years with its unit, such as "7d", or an RFC 3339 instant'],
  ['list', '--since=99999999999y', 'an age of up to 100 years'],
  ['list', '--provider=a"b', '1 to 200 characters'],
  ['status', '--run=1', 'a run id, a UUID'],
])('%s %s is refused by the name of the option, saying what was expected', (name, word, expected) => {
  const [option = '', value = ''] = word.split('=');
  expect(() => optionsOf(name, word)).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(
        `^error: option '${option} <.+>' argument '${value}' is invalid. Expected ${expected}`,
      ),
    }),
  );
});
