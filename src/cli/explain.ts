import { TemporalRejectedError } from '../client';
import { ConfigError } from '../config';
import { exitCodeOfError, EXIT } from './exit-codes';

/** An error for the person who typed the command: no stack, and what to do next. Never throws. */
export function explain(error: unknown): string {
  const message = messageOf(error);
  if (error instanceof ConfigError) return message;
  if (error instanceof TemporalRejectedError)
    return `${message}\nTo see what is missing: meld-refresh doctor`;
  return exitCodeOfError(error) === EXIT.bug ? `An error of the program itself: ${message}` : message;
}

/** What an error says, whichever realm it comes from. Never throws. */
export function messageOf(error: unknown): string {
  const message: unknown = Reflect.get(Object(error), 'message');
  return typeof message === 'string' ? message : String(error);
}
