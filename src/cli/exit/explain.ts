import { TemporalRejectedError } from '../../client';
import { errorMessage } from '../../lib/error-message';
import { reasonOf } from '../../lib/reason-of';
import { MeldError } from '../../meld/http/meld-error';
import type { MeldFailure } from '../../meld/http/meld-reply';
import { exitCodeOfError, EXIT } from './exit-codes';

/** An error for the person who typed the command: no stack, and what to do next. Never throws. */
export function explain(error: unknown): string {
  if (error instanceof TemporalRejectedError)
    return `${error.message}\nTo see what is missing: meld-refresh doctor`;
  if (error instanceof MeldError) return `${error.message}. ${hintFor(error.failure)}.`;
  if (exitCodeOfError(error) === EXIT.bug) return `An error of the program itself: ${reasonOf(error)}`;
  // The client names fields of the request, and a person has typed options.
  const fields = /^products(?=:)|\b(?:freshSince|maxAge|idempotencyKey)\b/g;
  return errorMessage(error).replaceAll(
    fields,
    (field) => `--${field.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}`,
  );
}

const HINTS: Partial<Record<MeldFailure['reply'], string>> = {
  access_denied: 'Check MELD_API_KEY, and whether it is a key of that environment',
  no_answer: 'Check the network, and MELD_BASE_URL or MELD_ENVIRONMENT',
  rate_limited: 'Meld has trouble: try again later',
  server_error: 'Meld has trouble: try again later',
};

/** What to do when Meld did not give what it was asked for. @param otherwise where it said no to this request alone */
export function hintFor(
  { reply }: MeldFailure,
  otherwise = 'Check the id, the environment, and the status of the connection',
): string {
  return HINTS[reply] ?? otherwise;
}
