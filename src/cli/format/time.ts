const UNITS = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;

/** A time to wait in its two largest units, rounded up to seconds: `2h 5m`, `45s`. Never throws. */
export function inWords(durationMs: number): string {
  let left = Math.max(0, Math.ceil(durationMs / 1_000));
  const parts = Object.entries(UNITS).map(([unit, seconds]) => {
    const count = Math.floor(left / seconds);
    left %= seconds;
    return count > 0 ? `${count}${unit}` : '';
  });
  return parts.filter(Boolean).slice(0, 2).join(' ') || '0s';
}
