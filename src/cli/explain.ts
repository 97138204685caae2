import { TemporalRejectedError } from '../client';
import { ConfigError } from '../config';
import { errorMessage } from '../lib/error-message';
import { reasonOf } from '../lib/reason-of';
import { exitCodeOfError, EXIT } from './exit-codes';

/** An error for the person who typed the command: no stack, and what to do next. Never throws. */
export function explain(error: unknown): string {
  const message = errorMessage(error);
  if (error instanceof ConfigError) return message;
  if (error instanceof TemporalRejectedError)
    return `${message}\nTo see what is missing: meld-refresh doctor`;
  return exitCodeOfError(error) === EXIT.bug ? `An error of the program itself: ${reasonOf(error)}` : message;
}
