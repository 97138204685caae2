/** RFC 3339 in UTC with microseconds, as Meld writes its instants. */
export function toInstant(epochMs: number, micros = 0): string {
  return new Date(epochMs).toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`);
}
