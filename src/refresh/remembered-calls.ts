import { mayBeCharged } from './freshness';
import { CALL_LEAVES_WITHIN_MS, CALL_PREPARED_WITHIN_MS } from './model/call-bounds';
import { instantMs, toInstant } from './model/instant';
import type { EarlierCall, LastCall } from './model/outcome';
import type { CallState, RememberedCall } from './state';

/** 10: more than there are products, of each of which one call is awaited at most. */
const MOST_CALLS = 10;

/** Calls of earlier runs, as the core takes them; the latest last. One that is dated ahead was sent by now. */
export function rememberedCalls(
  lastCall: LastCall | null | undefined,
  nowMs: number,
): readonly RememberedCall[] {
  return callsIn(lastCall).map(({ sentAt, leftBy = sentAt, products, aggregatedBefore, delivered }) => {
    const toldMs = instantMs(sentAt) ?? -Infinity;
    return {
      number: 0,
      toldMs,
      sentAtMs: Math.min(toldMs, nowMs),
      leftByMs: Math.min(instantMs(leftBy) ?? -Infinity, nowMs + CALL_LEAVES_WITHIN_MS),
      products,
      aggregatedBeforeMs: aggregatedBefore === null ? null : instantMs(aggregatedBefore),
      isDelivered: delivered === true,
    };
  });
}

/** Calls of earlier runs that the run has been told of, with those it knows; the same list where it knows them all. */
export function rememberAlso(
  { remembered, made }: Pick<CallState, 'remembered' | 'made'>,
  told: readonly RememberedCall[],
): readonly RememberedCall[] {
  // A reset keeps calls that the run before it has made, too.
  const own = made.filter(mayBeCharged).map(({ sentAtMs }) => sentAtMs);
  const known = new Set([...remembered.map(({ toldMs }) => toldMs), ...own]);
  const news = told.filter(({ toldMs }) => !known.has(toldMs));
  return news.length === 0 ? remembered : [...remembered, ...news].sort((a, b) => a.sentAtMs - b.sentAtMs);
}

/**
 * All that several sources know of earlier calls, each call once; the latest is the one with the others in it.
 * What one of them knows to be delivered is.
 */
export function mergeLastCalls(sources: readonly (LastCall | null | undefined)[]): LastCall | null {
  const bySentAt = new Map<number, EarlierCall>();
  for (const call of sources.flatMap(callsIn)) {
    const atMs = instantMs(call.sentAt) ?? 0;
    const isDelivered = bySentAt.get(atMs)?.delivered === true;
    bySentAt.set(atMs, { ...call, ...(isDelivered && { delivered: true }) });
  }
  return asLastCall([...bySentAt].sort(([a], [b]) => a - b).map(([, call]) => call));
}

/**
 * The calls that a closed run has left: what no worker had taken by then Temporal drops, and what one had taken left soon.
 * @param closedAtMs epoch milliseconds; `undefined` for a run that is open
 */
export function boundByClose(lastCall: LastCall | null, closedAtMs: number | undefined): LastCall | null {
  if (closedAtMs === undefined) return lastCall;
  const latestMs = closedAtMs + CALL_PREPARED_WITHIN_MS;
  return asLastCall(
    callsIn(lastCall).map((call) => {
      const leftByMs = instantMs(call.leftBy ?? '');
      return leftByMs === null || leftByMs <= latestMs ? call : { ...call, leftBy: toInstant(latestMs) };
    }),
  );
}

function callsIn(lastCall: LastCall | null | undefined): readonly EarlierCall[] {
  if (!lastCall) return [];
  const { earlier = [], ...call } = lastCall;
  return [...earlier, call];
}

/** Of calls in the order they were sent the latest, with the others in it; `null` of none. */
export function asLastCall(calls: readonly EarlierCall[]): LastCall | null {
  const call = calls.at(-1);
  const earlier = calls.slice(-MOST_CALLS, -1);
  return call === undefined ? null : { ...call, ...(earlier.length > 0 && { earlier }) };
}
