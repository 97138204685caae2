/** Search attributes and summaries have small limits on the server, and an over-long value terminates the run. */
const MAX_BYTES = 200;

/** As nearly every text is: a byte for a character, none of them to be replaced, and not too many. */
const PLAIN = /^[ -~]{0,200}$/;

/**
 * The text as it may enter the workflow history: at most 200 bytes of UTF-8, cut between characters. Never throws.
 * NUL and lone surrogates become U+FFFD: PostgreSQL refuses both in JSON, and with them the visibility record.
 */
export function clip(text: string): string {
  if (PLAIN.test(text)) return text;
  const bytes = Buffer.from(text.replaceAll('\0', '\uFFFD'), 'utf8');
  let end = Math.min(bytes.length, MAX_BYTES);
  while (end < bytes.length && isContinuation(bytes[end])) end -= 1;
  return bytes.toString('utf8', 0, end);
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;
