import { termsOf, refuseUnsatisfiable } from './input/parse-request';
import { parseLastCall } from './input/parse-memory';
import { resolvePolicy, type ResolvedPolicy } from './input/parse-policy';
import { recordKey } from './idempotency';
import type { Connection, ReadReport } from './model/connection';
import { instantMs } from './model/instant';
import type { Call } from './model/outcome';
import type { EvidenceEvent } from './model/product';
import type { IdempotencyKey } from './model/progress';
import type { OnRateLimit, OnRepair, RefreshRequest, RequestPriority } from './model/request';
import { rememberedCalls } from './remembered-calls';

/** Everything a refresh knows. Immutable: every event produces a new state. Times are epoch milliseconds. */
export interface RefreshState {
  readonly connectionId: string;
  readonly requestedAtMs: number;
  readonly policy: ResolvedPolicy;
  /** What all callers of this run want together. */
  readonly terms: Terms;
  readonly callers: Callers;
  readonly connection: ConnectionState;
  readonly events: EventState;
  readonly calls: CallState;
  readonly waiting: Waiting;
}

/** What one caller wants, or several together. */
export interface Terms {
  /** Whether a caller wants all products of the connection. */
  readonly allProducts: boolean;
  /** Products that callers named: these, and all of the connection's besides if someone wants all. */
  readonly products: readonly string[];
  readonly freshSinceMs: number;
  readonly deadlineMs: number;
  readonly onRateLimit: OnRateLimit;
  readonly onRepair: OnRepair;
  /** The largest limit that was named; `null` when none was. */
  readonly maxCharges: number | null;
  readonly priority: RequestPriority;
}

interface Callers {
  readonly seenJoinIds: ReadonlySet<string>;
  /** Requests that came before the connection's products were known, the first one included; empty afterwards. */
  readonly pending: readonly Terms[];
  /** Whether a request was accepted: all its products are there. Until then `terms` are those of all together. */
  readonly anyAccepted: boolean;
  readonly keys: readonly IdempotencyKey[];
}

export interface ConnectionState {
  /** As last read; `null` before the first good read. */
  readonly latest: Connection | null;
  /** `successfullyAggregatedAt` at the first good read. */
  readonly aggregatedBeforeMs: number | null;
  readonly aggregation: Aggregation | null;
  /** Those that it has followed in this run, latest first: what they proved stays proven. */
  readonly earlierAggregations: readonly Aggregation[];
  /** The latest timestamp that came dated ahead of our clock: it proves nothing, yet something was aggregated. */
  readonly aheadAtMs: number | null;
  /** When that value was first seen. */
  readonly aheadSeenAtMs: number | null;
  /** When the last read began, good or not. */
  readonly readBeganMs: number | null;
  /** When the last good read since the last wait began: no call without one. */
  readonly currentSinceMs: number | null;
  /** What the last read ran into; `null` when it was good. */
  readonly failure: ReadFailure | null;
}

/** The latest `successfullyAggregatedAt` and when this run first saw that value. */
export interface Aggregation {
  readonly atMs: number;
  readonly seenAtMs: number;
  /** Whether the very first read already had it. */
  readonly sinceStart: boolean;
  readonly callsBefore: number;
}

/** A read that brought no connection. */
export type ReadFailure = Exclude<ReadReport, { read: 'found' }> & {
  /** When the first of the failed reads in a row began. */
  readonly sinceMs: number;
  /** Before this instant it is not worth another read. */
  readonly retryAtMs: number;
};

export interface EventState {
  /** Events that may prove something, by kind, the latest first. */
  readonly seen: Readonly<Record<EvidenceEvent, readonly SeenEvent[]>>;
  readonly lastStatusChangeMs: number | null;
  readonly seenIds: ReadonlySet<string>;
  /** What no read has followed yet. Evidence alone asks for a read only before the end or a call. */
  readonly unread: 'none' | 'evidence' | 'other';
  /** What the read under way is to explain: unread again should it fail. */
  readonly reading: 'none' | 'evidence' | 'other';
}

export interface SeenEvent {
  readonly eventId: string;
  readonly occurredAtMs: number;
  /** When it came: whatever its date says, it tells of nothing younger. */
  readonly arrivedAtMs: number;
  /** How many calls of this run had been sent when it became known: no later call can have caused it. */
  readonly callsBefore: number;
}

export interface CallState {
  /** The charge ledger. */
  readonly made: readonly MadeCall[];
  /** A call under way, and those of earlier runs: each may have run. */
  readonly pending: SentCall | null;
  readonly remembered: readonly RememberedCall[];
  /** A window that an earlier refresh left behind. */
  readonly notBeforeMs: number | null;
  /** End of the window that the last 429 opened. */
  readonly windowUntilMs: number | null;
  readonly rateLimitHits: number;
  /** No call before it: what a `Retry-After` on a 5xx asked for. */
  readonly retryAtMs: number | null;
  /** 5xx and unknown answers. */
  readonly failures: number;
  readonly conflicts: number;
  /** Calls in a row that no worker took in time. */
  readonly notSent: number;
  /** Calls that were begun and not sent: each has a number of its own, which events that came meanwhile refer to. */
  readonly withdrawn: number;
  /** The answer to a call that ends the refresh: Meld refused it. */
  readonly refused: MadeCall | null;
}

/** A call as far as it explains data. */
export interface SentCall {
  /** 1 for the first of this run; 0 for one of an earlier run. */
  readonly number: number;
  /** When it left; not before that where the answer does not tell. */
  readonly sentAtMs: number;
  /** The latest instant at which it can have left: the same where the answer tells. */
  readonly leftByMs: number;
  readonly products: readonly string[] | null;
  /** `successfullyAggregatedAt` as read just before: what must move. */
  readonly aggregatedBeforeMs: number | null;
}

export interface RememberedCall extends SentCall {
  /** When it was sent by the clock of who tells of it, which may be ahead of this run's: the call is known by that. */
  readonly toldMs: number;
  /** Its data has come already. */
  readonly isDelivered: boolean;
}

export type MadeCall = SentCall & Pick<Call, 'answer' | 'httpStatus' | 'requestId'>;

/** What is waited for between two calls, and how it is polled meanwhile. */
export type Waiting = WaitingFor & {
  readonly pollAtMs: number;
  readonly polls: number;
};

export type WaitingFor =
  /** Nothing is under way: a call is next if one is needed. */
  | { readonly for: 'nothing' }
  /** An aggregation is running, or may be. */
  | {
      readonly for: 'data';
      readonly because: 'accepted' | 'conflict' | 'unknown' | 'repaired' | 'remembered';
      readonly untilMs: number;
    }
  | { readonly for: 'retry'; readonly untilMs: number }
  /** Calls keep failing, or may not be made: Meld's next STATUS_CHANGE tells what is wrong. */
  | {
      readonly for: 'status';
      readonly sinceMs: number;
      readonly untilMs: number;
      readonly statusBefore: string | undefined;
    }
  /** Only the customer can repair the connection. */
  | { readonly for: 'repair'; readonly untilMs: number }
  /** Calls failed, and failed again after the connection had healed. */
  | { readonly for: 'giving_up' };

export const NOT_WAITING: Waiting = { for: 'nothing', pollAtMs: Infinity, polls: 0 };

/**
 * The state of a refresh that was just asked for.
 * @param request checked by `parseRequest`
 * @param nowMs the moment of the request: the default for `freshSince`, and what the deadline counts from
 * @throws InvalidRequestError when its data is wanted from a moment after its end
 */
export function initialState(request: RefreshRequest, nowMs: number): RefreshState {
  const policy = resolvePolicy(request.policy);
  const terms = termsOf(request, nowMs, policy, 'started');
  refuseUnsatisfiable(request, terms);
  return {
    connectionId: request.connectionId,
    requestedAtMs: nowMs,
    policy,
    terms,
    callers: {
      seenJoinIds: new Set(),
      pending: [terms],
      anyAccepted: false,
      keys: recordKey(request.idempotencyKeys ?? [], request, { terms, requestedAtMs: nowMs }, nowMs),
    },
    connection: {
      latest: null,
      aggregatedBeforeMs: null,
      aggregation: null,
      earlierAggregations: [],
      aheadAtMs: null,
      aheadSeenAtMs: null,
      readBeganMs: null,
      currentSinceMs: null,
      failure: null,
    },
    events: {
      seen: { accounts_updated: [], transactions_aggregated: [] },
      lastStatusChangeMs: null,
      seenIds: new Set(),
      unread: 'none',
      reading: 'none',
    },
    calls: {
      made: [],
      pending: null,
      remembered: rememberedCalls(parseLastCall(request.lastCall), nowMs),
      notBeforeMs: windowAfter(request, nowMs),
      windowUntilMs: null,
      rateLimitHits: 0,
      retryAtMs: null,
      failures: 0,
      conflicts: 0,
      notSent: 0,
      withdrawn: 0,
      refused: null,
    },
    waiting: NOT_WAITING,
  };
}

/** A window that has passed is none: the client that passed it on may have another clock. */
function windowAfter({ notBefore = '' }: RefreshRequest, nowMs: number): number | null {
  const untilMs = instantMs(notBefore);
  return untilMs !== null && untilMs > nowMs ? untilMs : null;
}
