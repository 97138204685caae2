import { TemporalRejectedError } from '../../client';
import { errorMessage } from '../../lib/error-message';
import { reasonOf } from '../../lib/reason-of';
import { exitCodeOfError, EXIT } from './exit-codes';

/** An error for the person who typed the command: no stack, and what to do next. Never throws. */
export function explain(error: unknown): string {
  if (error instanceof TemporalRejectedError)
    return `${error.message}\nTo see what is missing: meld-refresh doctor`;
  if (exitCodeOfError(error) === EXIT.bug) return `An error of the program itself: ${reasonOf(error)}`;
  // The client names the field of the request, and a person has typed its option.
  return errorMessage(error)
    .replace(/^(products|freshSince|idempotencyKey)(?=:)/, '--$1')
    .replace(/^--\w+/, (option) => option.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`));
}
