import { InvalidRequestError } from '../../client';

/** The command as typed cannot be carried out; the message says which part of it and what was expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A whole number from 1 on. @throws UsageError */
export function readCount(option: string, text: string, most = 999_999_999): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= most) return count;
  const expected = `a whole number from 1 to ${most}, received ${JSON.stringify(text)}`;
  throw new UsageError(`${option}: expected ${expected}.`);
}

/** Fields of a request whose options are called otherwise. */
const OPTIONS: ReadonlyMap<string, string> = new Map([
  ['connectionId', '--connection'],
  ['customerId', '--customer'],
]);

/** The error with the names of the command line, `--max-age` and not `maxAge`; any other as it is. */
export function inOptionNames(error: unknown): unknown {
  if (!(error instanceof InvalidRequestError)) return error;
  return new UsageError(optionOf(error.field) + error.message.slice(error.field.length), { cause: error });
}

/** The option that sets a field of a request. */
export const optionOf = (field: string): string =>
  OPTIONS.get(field) ?? `--${field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
