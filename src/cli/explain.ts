import { TemporalRejectedError } from '../client';
import { ConfigError } from '../config';
import { exitCodeOfError, EXIT } from './exit-codes';
import { messageOf } from './message-of';

/** An error as whoever typed the command should read it: no stack, and what to do next. Never throws. */
export function explain(error: unknown): string {
  const message = messageOf(error);
  if (error instanceof ConfigError) return message;
  if (error instanceof TemporalRejectedError)
    return `${message}\nTo see what is missing: meld-refresh doctor`;
  return exitCodeOfError(error) === EXIT.bug ? `An error of the program itself: ${message}` : message;
}
