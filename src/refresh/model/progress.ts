import type { Call, LastCall } from './outcome';
import type { OnRateLimit, OnRepair, RequestPriority } from './request';

/** What a run is doing, by phase, in the words of the Temporal UI and of the command line. */
export const PHASE_TITLES = {
  reading: 'reading the connection',
  calling: 'asking Meld for a refresh',
  waiting_for_data: 'waiting for data',
  waiting_for_window: "waiting for the provider's window to end",
  waiting_to_call: 'waiting before the next call',
  waiting_for_status: "waiting for a change of the connection's status",
  waiting_for_repair: "waiting for the customer's repair",
  ended: 'ended',
} as const;

export type Phase = keyof typeof PHASE_TITLES;

/** Phase and reason in one line. A newer worker may name a phase that is not known here. */
export function titled({ phase, why }: { readonly phase: string; readonly why: string }): string {
  const titles: Readonly<Record<string, string>> = PHASE_TITLES;
  return `${titles[phase] ?? phase}: ${why}`;
}

export const PHASES = Object.keys(PHASE_TITLES) as readonly Phase[];

/** What a run leaves to the next one of its connection. Instants are RFC 3339. */
export interface Memory {
  /** End of the provider's window that was met: no call before it. */
  readonly nextAllowedAt: string | null;
  /**
   * The latest call that may have run, whose data has not come or is of some products, with those before it: the next
   * run waits for their data before it pays, and takes it for no data of other products.
   */
  readonly lastCall: LastCall | null;
  /** The latest idempotency keys, oldest first. */
  readonly idempotencyKeys: readonly IdempotencyKey[];
}

/** Where a run is, in the memo `progress`: readable by `describe` with no worker alive. Instants are RFC 3339. */
export interface Progress extends Memory {
  readonly phase: Phase;
  /** The reason of the phase, for people. */
  readonly why: string;
  /** `null` when nothing is waited for. */
  readonly waitingUntil: string | null;
  /** POSTs made so far. */
  readonly calls: number;
  /** Those of them that may be charged. */
  readonly mayBeCharged: number;
  /** Those that Meld has accepted, and so charges for; left out by an older worker, as `joins`. */
  readonly accepted?: number;
  /** The latest 50 of them, in order: the charge ledger of a run that has no result. Left out by an older worker. */
  readonly ledger?: readonly Call[];
  /** Requests that joined the run by a signal; one that asks nothing new sends none. */
  readonly joins?: number;
  /** Products a join may name; empty when Meld sent none, and then any; `null` before the first read. */
  readonly connectionProducts: readonly string[] | null;
  /** What all callers of the run want together: a request that asks for nothing beyond it needs no signal. */
  readonly terms: ProgressTerms;
}

interface ProgressTerms {
  /** Whether a caller wants all products of the connection. */
  readonly allProducts: boolean;
  /** All that are asked for: those that callers named, and with `allProducts` the connection's, without optional ones. */
  readonly products: readonly string[];
  readonly freshSince: string;
  readonly deadline: string;
  readonly onRateLimit: OnRateLimit;
  readonly onRepair: OnRepair;
  readonly maxCharges: number;
  /** Left out: `interactive`, as everything is in the memo of an older worker. */
  readonly priority?: RequestPriority;
}

/** A key that a caller gave with a request, and the run that the request got. */
export interface IdempotencyKey {
  readonly key: string;
  /** Fingerprint of the request: the same key with another one is refused. */
  readonly request: string;
  readonly freshSince: string;
  readonly requestedAt: string;
  /** `null`: the run that holds this memo. */
  readonly runId: string | null;
}
