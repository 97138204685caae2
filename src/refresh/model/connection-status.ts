import type { OnRepair } from './request';

/** What a connection's status allows. */
type Refreshability = 'refreshable' | 'repair_required' | 'not_refreshable';

/** Meld, "Refreshing connections": only the customer can repair these. */
const REPAIR_REQUIRED: ReadonlySet<string> = new Set(['RECONNECT_REQUIRED', 'UNRECOVERABLE']);

/** The widget is still open, was abandoned, or the connection is gone. */
const NOT_REFRESHABLE: ReadonlySet<string> = new Set(['IN_PROGRESS', 'EXPIRED', 'DELETED']);

/** Refreshable, but persistent trouble: what a person must hear when calls keep failing. */
const DEGRADED: ReadonlyMap<string, 'connection_degraded' | 'connection_undetermined'> = new Map([
  ['DEGRADED', 'connection_degraded'],
  ['UNDETERMINED', 'connection_undetermined'],
]);

/** A status nobody knew before is refreshable: Meld's own 409 is the judge. Never throws. */
export function refreshabilityOf(status: string): Refreshability {
  if (REPAIR_REQUIRED.has(status)) return 'repair_required';
  return NOT_REFRESHABLE.has(status) ? 'not_refreshable' : 'refreshable';
}

/**
 * Why a refresh of all of a customer's connections leaves one out; `null` when it takes part. An INACTIVE_DUPLICATE that
 * is refreshed takes over from the active one (Meld, "Refreshing connections"), so that two calls would be paid for and
 * which one is active afterwards would be luck.
 */
export function skipReason(
  { status, statusReason }: { readonly status: string; readonly statusReason: string | null },
  { onRepair }: { readonly onRepair?: OnRepair },
): string | null {
  if (statusReason === 'INACTIVE_DUPLICATE') return statusReason;
  const refreshability = refreshabilityOf(status);
  if (refreshability === 'refreshable') return null;
  return refreshability === 'repair_required' && onRepair === 'wait' ? null : status;
}

/** Why a person must look at a connection in this status; `null` when it is well. */
export function degradationOf(status: string): 'connection_degraded' | 'connection_undetermined' | null {
  return DEGRADED.get(status) ?? null;
}
