const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** A time to wait in its two largest units, rounded up to seconds: `2h 5m`, `45s`. Never throws. */
export function inWords(durationMs: number): string {
  let leftMs = Math.max(0, Math.ceil(durationMs / 1000) * 1000);
  const parts: string[] = [];
  for (const [unit, unitMs] of UNITS) {
    const count = Math.floor(leftMs / unitMs);
    leftMs -= count * unitMs;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.slice(0, 2).join(' ') || '0s';
}
