import { TemporalRejectedError } from '../../client';
import { errorMessage } from '../../lib/error-message';
import { reasonOf } from '../../lib/reason-of';
import { exitCodeOfError, EXIT } from './exit-codes';
import { optionOf } from '../options/usage-error';

/** An error for the person who typed the command: no stack, and what to do next. Never throws. */
export function explain(error: unknown): string {
  if (error instanceof TemporalRejectedError)
    return `${error.message}\nTo see what is missing: meld-refresh doctor`;
  const isBug = exitCodeOfError(error) === EXIT.bug;
  if (isBug) return `An error of the program itself: ${reasonOf(error)}`;
  return errorMessage(error).replace(/^(?:products|idempotencyKey)(?=:)/, optionOf);
}
