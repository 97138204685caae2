import { ResultNotReadyError } from 'meld-refresh/client';
import type { RefreshClient } from 'meld-refresh/client';
import type { ActOnOutcome } from './act-on-outcome';

export interface Payment {
  readonly connectionId: string;
  readonly customerId: string;
  /** RFC 3339: older data cannot show it. */
  readonly paidAt: string;
}

/** Most refreshes end within seconds; what takes longer, the outcome webhook tells. */
const WAIT_MS = 5_000;

/** Has the balance of the paying account fetched again. Safe to call again: an open refresh is joined. */
export async function refreshAfterPayment(
  { connectionId, customerId, paidAt }: Payment,
  { refreshes, actOnOutcome }: { readonly refreshes: RefreshClient; readonly actOnOutcome: ActOnOutcome },
): Promise<'done' | 'under_way'> {
  const refresh = await refreshes.refresh({
    connectionId,
    customerId,
    products: ['BALANCES', 'TRANSACTIONS'],
    freshSince: paidAt,
  });
  try {
    actOnOutcome(refresh.runId, await refresh.result({ timeoutMs: WAIT_MS }));
    return 'done';
  } catch (error) {
    if (error instanceof ResultNotReadyError) return 'under_way';
    throw error;
  }
}
