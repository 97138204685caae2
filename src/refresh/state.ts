import type { Connection } from './model/connection';
import type { Call } from './model/outcome';
import type { EvidenceEvent, Product } from './model/product';
import type { OnRateLimit, OnRepair } from './model/request';
import type { ResolvedPolicy } from './input/parse-policy';

/** Everything a refresh knows. Immutable: each happening makes the next state. Times are epoch milliseconds. */
export interface RefreshState {
  readonly connectionId: string;
  readonly requestedAtMs: number;
  readonly policy: ResolvedPolicy;
  readonly terms: Terms;
  /** A window that an earlier refresh left behind. */
  readonly notBeforeMs: number | null;

  /** As last read; `null` before the first good read. */
  readonly connection: Connection | null;
  /** `successfullyAggregatedAt` at the first good read. */
  readonly aggregatedBeforeMs: number | null;
  readonly aggregation: Aggregation | null;
  /** When the last read began, good or not. */
  readonly readBeganMs: number | null;
  /** What the last read ran into; `null` when it was good. */
  readonly failure: ReadFailure | null;
  /** Whether a good read came after the last wait: no call without one. */
  readonly readSinceWait: boolean;
  /** News that no read has followed yet. Evidence alone asks for a read only before the end or a call. */
  readonly unreadEvents: 'none' | 'evidence' | 'unexplained';

  /** The latest event of each kind, by its own timestamp. */
  readonly events: Readonly<Partial<Record<EvidenceEvent, SeenEvent>>>;
  readonly lastStatusChangeMs: number | null;
  readonly seenEventIds: ReadonlySet<string>;

  readonly calls: readonly MadeCall[];
  readonly waiting: Waiting;
  readonly pollAtMs: number;
  readonly polls: number;
  /** End of the window that the last 429 opened. */
  readonly windowUntilMs: number | null;
  readonly rateLimitHits: number;
  /** 5xx and unknown answers. */
  readonly failures: number;
  readonly conflicts: number;

  readonly seenJoinIds: ReadonlySet<string>;
  /** Joins that came before the connection's products were known. */
  readonly pendingJoins: readonly Join[];
}

/** What all callers of this run want together. */
export interface Terms {
  /** Whether a caller wants all products of the connection. */
  readonly allProducts: boolean;
  /** Products that callers named: these, and all of the connection's besides if someone wants all. */
  readonly products: readonly Product[];
  readonly freshSinceMs: number;
  readonly deadlineMs: number;
  readonly onRateLimit: OnRateLimit;
  readonly onRepair: OnRepair;
  readonly maxCharges: number;
}

export interface Join {
  readonly joinId: string;
  readonly requestedAtMs: number;
  readonly products: readonly Product[] | null;
  /** `null`: content with the refresh under way. */
  readonly freshSinceMs: number | null;
  readonly giveUpAfterMs: number | null;
  readonly onRateLimit: OnRateLimit;
  readonly onRepair: OnRepair;
  readonly maxCharges: number | null;
}

/** The latest `successfullyAggregatedAt` and when this run first saw that value. */
export interface Aggregation {
  readonly atMs: number;
  readonly seenAtMs: number;
  /** Whether the very first read already had it. */
  readonly sinceStart: boolean;
}

export interface SeenEvent {
  readonly eventId: string;
  readonly occurredAtMs: number;
}

export interface MadeCall extends Omit<Call, 'sentAt'> {
  readonly sentAtMs: number;
  /** `successfullyAggregatedAt` as read just before: what must move. */
  readonly aggregatedBeforeMs: number | null;
}

export type ReadFailure =
  | { readonly kind: 'not_found'; readonly requestId: string | null }
  | {
      readonly kind: 'access_denied' | 'request_rejected';
      readonly asked: 'read' | 'call';
      readonly httpStatus: number;
      readonly requestId: string | null;
    }
  | { readonly kind: 'unavailable'; readonly message: string };

/** What the run is after between two calls. */
export type Waiting =
  /** Nothing is under way: a call is next if one is needed. */
  | { readonly for: 'nothing' }
  /** An aggregation is running, or may be. */
  | {
      readonly for: 'data';
      readonly because: 'accepted' | 'conflict' | 'unknown' | 'repaired';
      readonly untilMs: number;
    }
  | { readonly for: 'retry'; readonly untilMs: number }
  /** Calls keep failing: Meld's next STATUS_CHANGE tells what is wrong. */
  | {
      readonly for: 'status';
      readonly sinceMs: number;
      readonly untilMs: number;
      readonly statusBefore: string | undefined;
    }
  /** Only the customer can mend the connection. */
  | { readonly for: 'repair'; readonly untilMs: number }
  /** Calls failed, and failed again after the connection had healed. */
  | { readonly for: 'giving_up' };
