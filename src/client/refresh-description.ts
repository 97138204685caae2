import type { Outcome, RefreshResult } from '../refresh/model/outcome';
import type { Progress } from '../refresh/model/progress';

export const REFRESH_STATES = ['running', 'ended', 'canceled', 'failed'] as const;

/** `ended` has a result; `canceled` and `failed` have none. */
export type RefreshState = (typeof REFRESH_STATES)[number];

/** One run as Temporal knows it, with no worker needed. Instants are RFC 3339. */
export interface RefreshDescription {
  readonly connectionId: string;
  readonly runId: string;
  readonly state: RefreshState;
  /** `null` before the run's first step, and where it cannot be read. */
  readonly progress: Progress | null;
  /** There is progress, and it cannot be read: its payload key is not configured, or another build wrote it. */
  readonly progressUnreadable?: true;
  /** What an open run is doing right now; left out while it waits, of an ended run and in lists. */
  readonly activity?: string;
  /** Why it failed, timed out or was terminated, as Temporal has it. */
  readonly failure?: string;
  /** Only in state `ended`, and not in lists: `outcome` is there too. */
  readonly result?: RefreshResult;
  readonly outcome?: Outcome;
  readonly customerId?: string;
  readonly provider?: string;
  readonly startedAt: string;
  readonly endedAt?: string;
}

/**
 * Calls that Meld may charge for; `undefined` where the progress does not tell. It is written before every call: a run
 * without any has made none.
 */
export function chargesOf({
  progress,
  progressUnreadable,
}: Pick<RefreshDescription, 'progress' | 'progressUnreadable'>): number | undefined {
  if (progressUnreadable) return undefined;
  return progress === null ? 0 : progress.mayBeCharged;
}
