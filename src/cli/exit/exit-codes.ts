import { isRefreshError, type Outcome, type RefreshDescription, type RefreshErrorCode } from '../../client';
import { ConfigError } from '../../config';
import { MeldError } from '../../meld/http/meld-error';
import type { MeldFailure } from '../../meld/http/meld-reply';
import { MissingDependencyError } from '../../lib/require-optional';
import { SetupError } from '../../temporal/setup-error';
import { UsageError } from '../options/usage-error';

/** Why a connection of a bulk got no run, in words for its summary. */
export const REFUSALS = {
  refused: 'it lacks a product that was asked for, or the key came with another request before',
  stuck: 'its open run takes no callers',
} as const;

export type Refusal = keyof typeof REFUSALS;

/** How a connection's part in a command ended: by the run's outcome, by a run without one, or without a run. */
export type FinalState = Outcome | 'canceled' | 'failed' | Refusal;

/** What the program exits with, by how it ended. Of many connections the highest counts. */
export const EXIT = {
  // A summary counts them in this order.
  refreshed: 0,
  already_fresh: 0,
  repair_required: 3,
  not_refreshable: 4,
  not_found: 4,
  rate_limited: 5,
  escalated: 6,
  canceled: 9,
  failed: 9,
  refused: 4,
  stuck: 7,
  done: 0,
  bug: 1,
  usage: 2,
  none: 4,
  unavailable: 7,
  unfinished: 8,
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

/** `null` while the run has its end to come. */
export function finalStateOf({ state, outcome }: RefreshDescription): FinalState | null {
  if (state === 'running') return null;
  return state === 'ended' ? (outcome ?? 'failed') : state;
}

export function worst(codes: Iterable<ExitCode>): ExitCode {
  return [...codes].reduce<ExitCode>((highest, code) => (code > highest ? code : highest), EXIT.done);
}

/** By the code of the client's error, or by Meld's reply. Whatever else either of them says: `unavailable`. */
const OF_CODES: Partial<Record<RefreshErrorCode | MeldFailure['reply'], ExitCode>> = {
  invalid_request: EXIT.usage,
  idempotency_conflict: EXIT.usage,
  refresh_not_found: EXIT.none,
  product_not_available: EXIT.refused,
  not_found: EXIT.not_found,
  rate_limited: EXIT.rate_limited,
};

export function exitCodeOfError(error: unknown): ExitCode {
  if (error instanceof MeldError) return OF_CODES[error.failure.reply] ?? EXIT.unavailable;
  if (isRefreshError(error)) return OF_CODES[error.code] ?? EXIT.unavailable;
  if (error instanceof UsageError || error instanceof ConfigError) return EXIT.usage;
  const isMissing = error instanceof SetupError || error instanceof MissingDependencyError;
  return isMissing ? EXIT.unavailable : EXIT.bug;
}
