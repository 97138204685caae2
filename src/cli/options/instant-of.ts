import { durationMs } from '../../refresh/model/duration';
import { instantMs, toInstant } from '../../refresh/model/instant';
import { UsageError } from './usage-error';

/** `7d` as the instant that long ago, and an instant as it is. @throws UsageError for anything else */
export function instantOf(option: string, when: string, nowMs: number): string {
  const agoMs = durationMs(when);
  if (agoMs !== null) return toInstant(nowMs - agoMs);
  if (instantMs(when) !== null) return when;
  const expected =
    'an age with its unit, such as "7d", or an RFC 3339 instant, such as "2026-03-01T12:00:00Z"';
  throw new UsageError(`${option}: expected ${expected}, received ${JSON.stringify(when)}.`);
}
