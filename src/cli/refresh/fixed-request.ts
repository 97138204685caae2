import { durationMs } from '../../refresh/model/duration';
import { toInstant } from '../../refresh/model/instant';
import type { SharedRequest } from './request-options';

/** What a bulk asks of every connection, today and when it is resumed: the instant is fixed. */
export type FixedRequest = Omit<SharedRequest, 'maxAge' | 'notBefore' | 'policy'> & {
  readonly freshSince: string;
};

/**
 * 5 s: this machine's clock and Temporal's may differ a little. Data that the bulk itself brought must count as
 * fresh enough by either of them, or it would be paid for again.
 */
const CLOCKS_DIFFER_MS = 5_000;

/** The request with its `freshSince` in place: as given, or as old as `maxAge` allows, or from the bulk's start. */
export function fixRequest({ maxAge, freshSince, ...rest }: SharedRequest, nowMs: number): FixedRequest {
  const ageMs = maxAge === undefined ? null : durationMs(maxAge);
  return {
    ...rest,
    freshSince: freshSince ?? toInstant(Math.max(0, nowMs - (ageMs ?? CLOCKS_DIFFER_MS))),
  };
}
