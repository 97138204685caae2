import { instantMs } from '../../refresh/model/instant';
import type { RefreshDescription } from '../../client';
import type { BulkOrder } from './journal';

/** 1 min: Temporal's clock against this machine's. */
const CLOCKS_DIFFER_MS = 60_000;

/**
 * Whether an ended run has already answered what a bulk asks of its connection, so that another run would at best
 * find out the same and at worst pay for it again.
 *
 * Whichever caller started it: data that is proven as fresh as the bulk wants it. With any other outcome: only a run that the
 * bulk itself started before it lost its memory, one that asked for the very same instant since the bulk began.
 */
export function isAnswered(
  { request, startedAt }: Pick<BulkOrder, 'request' | 'startedAt'>,
  { state, result, progress, startedAt: runStartedAt }: RefreshDescription,
): boolean {
  if (state !== 'ended' || result === undefined) return false;
  if (result.outcome === 'refreshed' || result.outcome === 'already_fresh') {
    const needed = request.products ?? progress?.connectionProducts ?? [];
    const proven = needed.every((product) => product in result.evidence);
    return proven && msOf(result.freshSince) >= msOf(request.freshSince);
  }
  return (
    msOf(result.freshSince) === msOf(request.freshSince) &&
    msOf(runStartedAt) >= msOf(startedAt) - CLOCKS_DIFFER_MS
  );
}

/** Whether an open run is already after all that a bulk asks of its connection: it only has to be followed. */
export function isUnderWay(
  { request }: Pick<BulkOrder, 'request'>,
  { state, progress }: RefreshDescription,
): boolean {
  if (state !== 'running' || progress === null) return false;
  // A memo that an older worker wrote has no terms.
  const terms = progress.terms as typeof progress.terms | undefined;
  if (terms === undefined || msOf(terms.freshSince) !== msOf(request.freshSince)) return false;
  return (
    terms.allProducts || (request.products?.every((product) => terms.products.includes(product)) ?? false)
  );
}

function msOf(instant: string): number {
  return instantMs(instant) ?? NaN;
}
