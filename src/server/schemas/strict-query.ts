import { z } from 'zod';
import { digitsAsNumber } from '../../lib/digits';

/** A number in a query, which is text until then. */
export function wholeNumber(least: number, most: number, what = 'a whole number') {
  const expected = { error: `expected ${what} from ${least} to ${most}` };
  const number = z.number(expected).int(expected).min(least, expected).max(most, expected);
  return z.preprocess(digitsAsNumber, number);
}

/** A query of these parameters and no others: a misspelt one must not go unnoticed. */
export function strictQuery<Parameters extends z.ZodRawShape>(parameters: Parameters) {
  return z.strictObject(parameters, {
    error: ({ code, keys }) =>
      code === 'unrecognized_keys' ? unknownNames('parameter', keys, Object.keys(parameters)) : undefined,
  });
}

/** What is said of names that nothing takes. */
export function unknownNames(kind: string, names: readonly string[] = [], known: readonly string[]): string {
  const unknown = names.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 60)));
  return `unknown ${kind} ${unknown.join(', ')}; expected only ${known.join(', ')}`;
}
