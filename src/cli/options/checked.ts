import { InvalidArgumentError } from 'commander';
import { digitsAsNumber } from '../../lib/digits';
import { expect, type Check } from '../../refresh/input/checks';
import { durationMs } from '../../refresh/model/duration';
import { instantMs, toInstant } from '../../refresh/model/instant';

/**
 * How commander reads an option or argument: its value is what the check takes, or is refused in the check's words.
 * @param valueOf the value that a text stands for; where it stands for none, the text itself
 */
export function checked(check: Check, valueOf: (text: string) => unknown = String) {
  return (text: string): unknown => {
    const value = valueOf(text);
    for (const { expected } of check(value, '')) throw new InvalidArgumentError(`Expected ${expected}.`);
    return value;
  };
}

/** A whole number from 1 on; 1 billion is as good as no limit. */
export function upTo(most = 1_000_000_000) {
  const isOne = (value: unknown) => typeof value === 'number' && value >= 1 && value <= most;
  return checked(expect(`a whole number from 1 to ${most}`, isOne), digitsAsNumber);
}

const ageOrInstant = expect(
  'an age of up to 100 years with its unit, such as "7d", or an RFC 3339 instant, such as "2026-03-01T12:00:00Z"',
  (value) => instantMs(String(value)) !== null,
);

/** An instant, or how long ago it was. */
export function when(nowMs: number) {
  return checked(ageOrInstant, (text) => {
    const agoMs = durationMs(text);
    return agoMs === null ? text : toInstant(nowMs - agoMs);
  });
}
