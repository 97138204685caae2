/** A Meld webhook, reduced to what a refresh needs: the payload of a signal. Texts of Meld's are clipped to 200 bytes. */
export interface EventSignal {
  /** Meld's `eventId`: a delivery that comes twice counts once. */
  readonly eventId: string;
  /** The event's own timestamp, RFC 3339; one that cannot be read is as it came, or empty when it is not text. */
  readonly occurredAt: string;
}

export interface StatusSignal extends EventSignal {
  readonly oldStatus?: string;
  readonly newStatus?: string;
}

/** An event of Meld's, as an open refresh takes it. */
export type EventMessage =
  | { readonly signal: 'accountsUpdated' | 'transactionsAggregated'; readonly payload: EventSignal }
  | { readonly signal: 'connectionStatusChanged'; readonly payload: StatusSignal };
