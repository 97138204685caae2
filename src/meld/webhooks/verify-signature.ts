import { createHmac, timingSafeEqual } from 'node:crypto';
import { instantMs } from '../../refresh/model/instant';

export const SIGNATURE_HEADER = 'meld-signature';
export const TIMESTAMP_HEADER = 'meld-signature-timestamp';

/** A header as Node hands it over. */
export type HeaderValue = string | readonly string[] | undefined;

export interface SignedWebhook {
  /** Any of them may have signed; more than one while a secret is rotated. */
  readonly secrets: readonly string[];
  /** Exactly as configured in the Meld webhook profile; behind a proxy it differs from the request's own. */
  readonly url: string;
  /** The body as received, before any parsing. */
  readonly rawBody: Uint8Array | string;
  readonly signature: HeaderValue;
  readonly timestamp: HeaderValue;
  readonly nowMs: number;
  /** How far the timestamp may be from `nowMs`, either way. Meld signs each delivery attempt again. */
  readonly toleranceMs?: number;
}

/** `reason` is for our log; it holds nothing secret. */
type Verification = { readonly verified: true } | { readonly verified: false; readonly reason: string };

/**
 * Whether Meld signed this delivery, lately (Meld, "Webhook authentication"). Never throws.
 * It does not prove that the delivery is the first of its event.
 */
export function verifyWebhookSignature({
  secrets,
  url,
  rawBody,
  signature,
  timestamp,
  nowMs,
  toleranceMs = 300_000,
}: SignedWebhook): Verification {
  const given = single(signature);
  if (given === null) return refused(`header ${SIGNATURE_HEADER}: expected it exactly once`);
  const signedAt = single(timestamp);
  if (signedAt === null) return refused(`header ${TIMESTAMP_HEADER}: expected it exactly once`);
  const signedAtMs = timestampMs(signedAt);
  if (signedAtMs === null) {
    return refused(
      `header ${TIMESTAMP_HEADER}: expected an RFC 3339 instant or epoch seconds or milliseconds`,
    );
  }
  // Written so that a NaN refuses.
  if (!(Math.abs(nowMs - signedAtMs) <= toleranceMs)) {
    return refused(`header ${TIMESTAMP_HEADER}: expected within ${toleranceMs} ms of our clock`);
  }
  // Anyone can sign with an empty secret.
  const usable = secrets.filter((secret) => secret !== '');
  if (usable.length === 0) return refused('no webhook secret is configured');

  // Every secret is tried to the end, so that the time taken says nothing about which one came close.
  const matches = usable.filter((secret) => sameText(given, sign(secret, signedAt, url, rawBody)));
  return matches.length > 0
    ? { verified: true }
    : refused(
        'the signature fits none of the configured secrets for the configured webhook URL and this body',
      );
}

function sign(secret: string, timestamp: string, url: string, rawBody: Uint8Array | string): string {
  const hmac = createHmac('sha256', secret).update(`${timestamp}.${url}.`).update(rawBody);
  // Base64url with padding: Node's own `base64url` leaves it out.
  return hmac.digest('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** The texts are compared, not what they decode to: base64 has several spellings of the same bytes. */
function sameText(given: string, expected: string): boolean {
  const givenBytes = Buffer.from(given, 'utf8');
  const expectedBytes = Buffer.from(expected, 'utf8');
  return givenBytes.length === expectedBytes.length && timingSafeEqual(givenBytes, expectedBytes);
}

function single(header: HeaderValue): string | null {
  const values = typeof header === 'string' ? [header] : (header ?? []);
  const [first] = values;
  return values.length === 1 && first !== undefined && first !== '' ? first : null;
}

/** Seconds end at 11 digits (year 5138), milliseconds begin there (1973). */
const FIRST_EPOCH_MS = 1e11;

function timestampMs(text: string): number | null {
  if (!/^\d{1,15}$/.test(text)) return instantMs(text);
  const epoch = Number(text);
  return epoch < FIRST_EPOCH_MS ? epoch * 1000 : epoch;
}

const refused = (reason: string): Verification => ({ verified: false, reason });
