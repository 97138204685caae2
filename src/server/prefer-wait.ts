/**
 * The seconds of `Prefer: wait=N` (RFC 7240, 4.3). Never throws.
 * @returns `null` when the header has no readable one: a preference that is not understood is ignored (RFC 7240, 2).
 */
export function preferWaitSeconds(header: string | undefined): number | null {
  for (const preference of (header ?? '').split(',')) {
    const [name = '', value = ''] = preference.split(';', 1)[0]?.split('=', 2) ?? [];
    if (name.trim().toLowerCase() !== 'wait') continue;
    const digits = /^(?:(\d{1,9})|"(\d{1,9})")$/.exec(value.trim());
    const seconds = digits?.[1] ?? digits?.[2];
    // The first one counts (RFC 7240, 2).
    return seconds === undefined ? null : Number(seconds);
  }
  return null;
}
