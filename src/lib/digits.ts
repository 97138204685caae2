/**
 * A text of decimal digits as its number, and anything else as it is, for a check to refuse: JavaScript's own `Number`
 * takes `1e1`, `0x1` and ` 1 `. Never throws.
 */
export function digitsAsNumber(value: unknown): unknown {
  // Of 15 digits every one counts.
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
}
