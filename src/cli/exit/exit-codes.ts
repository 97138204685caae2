import {
  IdempotencyConflictError,
  InvalidRequestError,
  ProductNotAvailableError,
  RefreshCanceledError,
  RefreshClientError,
  RefreshFailedError,
  RefreshNotFoundError,
  ResultNotReadyError,
} from '../../client';
import { ConfigError } from '../../config';
import { MeldError } from '../../meld/http/meld-error';
import type { MeldFailure } from '../../meld/http/meld-reply';
import { MissingDependencyError } from '../../lib/require-optional';
import { SetupError } from '../../temporal/setup-error';
import type { FinalState } from './final-state';
import { UsageError } from '../options/usage-error';

/** What the exit code of the program says. Of many connections the highest one counts. */
export const EXIT = {
  fresh: 0,
  bug: 1,
  usage: 2,
  repairRequired: 3,
  notRefreshable: 4,
  rateLimited: 5,
  escalated: 6,
  unavailable: 7,
  unfinished: 8,
  noResult: 9,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'the data is fresh; for other commands: done',
  1: 'an error of the program itself',
  2: 'wrong options, ids or configuration; nothing was started',
  3: '`repair_required`: the customer must repair the connection',
  4: '`not_refreshable`, `not_found` or, in a bulk, `refused`; no such refresh is known or running',
  5: '`rate_limited`: the provider allows no call yet',
  6: '`escalated`: a person must look at it',
  7: 'Temporal or Meld cannot be reached, or refuses; in a bulk, `stuck`',
  8: 'not finished: still running, out of time, or interrupted',
  9: 'the run was canceled or failed, and has no result',
};

const OF_ENDING: Readonly<Record<FinalState, ExitCode>> = {
  refreshed: EXIT.fresh,
  already_fresh: EXIT.fresh,
  repair_required: EXIT.repairRequired,
  not_refreshable: EXIT.notRefreshable,
  not_found: EXIT.notRefreshable,
  refused: EXIT.notRefreshable,
  stuck: EXIT.unavailable,
  rate_limited: EXIT.rateLimited,
  escalated: EXIT.escalated,
  canceled: EXIT.noResult,
  failed: EXIT.noResult,
};

export const exitCodeOf = (ending: FinalState): ExitCode => OF_ENDING[ending];

export function worst(codes: Iterable<ExitCode>): ExitCode {
  return [...codes].reduce<ExitCode>((highest, code) => (code > highest ? code : highest), EXIT.fresh);
}

const OF_ERRORS: readonly (readonly [ExitCode, ...(abstract new (...args: never[]) => unknown)[]])[] = [
  [EXIT.usage, UsageError, ConfigError, InvalidRequestError, IdempotencyConflictError],
  [EXIT.notRefreshable, RefreshNotFoundError, ProductNotAvailableError],
  [EXIT.unfinished, ResultNotReadyError],
  [EXIT.noResult, RefreshCanceledError, RefreshFailedError],
  // Whatever else may be thrown on purpose.
  [EXIT.unavailable, RefreshClientError, SetupError, MissingDependencyError],
];

export function exitCodeOfError(error: unknown): ExitCode {
  if (error instanceof MeldError) return OF_REPLIES[error.failure.reply] ?? EXIT.unavailable;
  const [code] = OF_ERRORS.find(([, ...kinds]) => kinds.some((kind) => error instanceof kind)) ?? [EXIT.bug];
  return code;
}

const OF_REPLIES: Partial<Record<MeldFailure['reply'], ExitCode>> = {
  not_found: EXIT.notRefreshable,
  rate_limited: EXIT.rateLimited,
};
