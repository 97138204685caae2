import { durationMs } from '../refresh/model/duration';
import { toInstant } from '../refresh/model/instant';

/** `7d` as the instant that long ago; anything else as it is, for the client to judge. */
export function instantOf(when: string, nowMs: number): string {
  const agoMs = durationMs(when);
  return agoMs === null ? when : toInstant(nowMs - agoMs);
}
