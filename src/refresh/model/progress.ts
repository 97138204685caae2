/** Where a run is, in the memo `progress`: readable by `describe` with no worker alive. */
export interface Progress {
  readonly phase: Phase;
  /** One sentence for people. */
  readonly why: string;
  /** RFC 3339; `null` when nothing is waited for. */
  readonly waitingUntil: string | null;
  /** POSTs made so far. */
  readonly calls: number;
  /** End of the provider's window that was met, RFC 3339: no call before it. */
  readonly nextAllowedAt: string | null;
  /** Products a join may name; empty when Meld sent none, and then any; `null` before the first read. */
  readonly connectionProducts: readonly string[] | null;
}

export type Phase =
  | 'reading'
  | 'calling'
  | 'waiting_for_data'
  | 'waiting_for_window'
  | 'waiting_to_call'
  | 'waiting_for_status'
  | 'waiting_for_repair'
  | 'ended';
