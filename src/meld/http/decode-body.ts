import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';

/** The status counts even when its body cannot be had. */
export type AnswerBody =
  { readonly read: 'whole'; readonly text: string } | { readonly read: 'failed'; readonly problem: string };

type Decode = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

const gunzipBody: Decode = promisify(gunzip);
const inflateBody: Decode = promisify(inflate);
const inflateRawBody: Decode = promisify(inflateRaw);

const DECODERS: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['identity', (bytes) => Promise.resolve(bytes)],
  ['gzip', gunzipBody],
  ['x-gzip', gunzipBody],
  ['br', promisify(brotliDecompress)],
  // RFC 9110, 8.4.1.2: some servers send "deflate" without its zlib wrapper, whose first byte ends in 8.
  [
    'deflate',
    (bytes, options) =>
      ((bytes[0] ?? 0) & 0x0f) === 8 ? inflateBody(bytes, options) : inflateRawBody(bytes, options),
  ],
]);

/**
 * The text of a body, decoded although no coding was asked for: a proxy may compress all the same. Never throws.
 * @param maxBytes bounds the decoded size too: a few kilobytes of gzip can hold gigabytes.
 */
export async function decodeBody(
  received: Buffer,
  contentEncoding: string | readonly string[] | undefined,
  maxBytes: number,
): Promise<AnswerBody> {
  let bytes = received;
  for (const coding of codingsOf(contentEncoding).reverse()) {
    const decode = DECODERS.get(coding);
    if (decode === undefined) return { read: 'failed', problem: 'the body has an unknown content coding' };
    try {
      bytes = await decode(bytes, { maxOutputLength: maxBytes });
    } catch (error) {
      const tooLong = Reflect.get(Object(error), 'code') === 'ERR_BUFFER_TOO_LARGE';
      const problem = tooLong ? `is longer than ${maxBytes} bytes` : `is not valid ${coding}`;
      return { read: 'failed', problem: `the body ${problem}` };
    }
  }
  // Skips a byte order mark, which JSON.parse would trip over.
  return { read: 'whole', text: new TextDecoder().decode(bytes) };
}

/** In the order in which they were applied. */
function codingsOf(header: string | readonly string[] | undefined): string[] {
  const lines = typeof header === 'string' ? [header] : (header ?? []);
  return lines
    .flatMap((line) => line.split(','))
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '');
}
