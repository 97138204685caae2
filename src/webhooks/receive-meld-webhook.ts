import { types } from 'node:util';
import { withTimeout } from '../lib/with-timeout';
import { TemporalUnavailableError } from '../client/errors';
import type { RefreshClient } from '../client/refresh-client';
import { parseWebhookEvent } from '../meld/webhooks/parse-event';
import {
  SIGNATURE_HEADER,
  TIMESTAMP_HEADER,
  verifyWebhookSignature,
  type HeaderValue,
} from '../meld/webhooks/verify-signature';

export interface MeldWebhookOptions {
  /** A `RefreshClient`. */
  readonly refreshes: Pick<RefreshClient, 'signal'>;
  /** Newest first; any of them may have signed. At least one, and none empty. */
  readonly secrets: readonly string[];
  /** Exactly as configured in the Meld webhook profile: the signature covers it. */
  readonly url: string;
  /** Default 5,000: Meld wants its answer within 10 s. */
  readonly signalTimeoutMs?: number;
  /** Epoch milliseconds; default `Date.now`. */
  readonly now?: () => number;
}

export interface MeldWebhook {
  /** Raw bytes: re-serialised JSON would break the signature. */
  readonly rawBody: Uint8Array | string;
  /** Node's `request.headers`, or any other record; a Fetch API `Headers`. */
  readonly headers: FetchHeaders | Readonly<Record<string, HeaderValue>>;
}

interface FetchHeaders {
  get(name: string): string | null;
}

interface Announced {
  readonly eventType: string;
  readonly eventId: string;
  readonly connectionId: string;
}

/**
 * What became of a webhook, and the status to answer with. Meld retries everything but exactly 200 for three days,
 * so 200 is for whatever another delivery would not change.
 */
export type MeldWebhookReceipt =
  | (Announced & { readonly result: 'delivered' | 'no_open_refresh'; readonly status: 200 })
  /** Well formed, and nothing that a refresh waits for. */
  | {
      readonly result: 'ignored';
      readonly status: 200;
      readonly eventType: string;
      readonly reason: string;
    }
  /** Signed, and nothing can be made of it. */
  | { readonly result: 'unreadable'; readonly status: 200; readonly reason: string }
  /** Not signed as it should be; `reason` holds nothing secret. */
  | { readonly result: 'refused'; readonly status: 401; readonly reason: string }
  /** Temporal did not take it: `error` is what the `RefreshClient` threw. */
  | (Announced & { readonly result: 'unavailable'; readonly status: 503; readonly error: unknown });

/** 5 s: leaves as much again for the network and for a full queue. */
const SIGNAL_TIMEOUT_MS = 5_000;

/**
 * Verifies Meld webhooks and signals the open refresh of the connection, if there is one; what it returns never throws.
 * @throws TypeError when `secrets` or `url` could verify nothing: Meld's webhooks would be refused for ever.
 */
export function makeReceiveMeldWebhook({
  refreshes,
  secrets,
  url,
  signalTimeoutMs = SIGNAL_TIMEOUT_MS,
  now = Date.now,
}: MeldWebhookOptions): (webhook: MeldWebhook) => Promise<MeldWebhookReceipt> {
  if (secrets.length === 0 || secrets.includes('')) {
    throw new TypeError(
      'secrets: expected at least one webhook secret, and none empty: copy it from the Meld webhook profile.',
    );
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new TypeError(
      `url: expected the http or https URL exactly as in the Meld webhook profile, received ${JSON.stringify(url)}.`,
    );
  }
  return async ({ rawBody, headers }) => {
    if (!isRaw(rawBody)) return { result: 'refused', status: 401, reason: NOT_RAW };
    const verification = verifyWebhookSignature({
      secrets,
      url,
      rawBody,
      signature: headerOf(headers, SIGNATURE_HEADER),
      timestamp: headerOf(headers, TIMESTAMP_HEADER),
      nowMs: now(),
    });
    if (!verification.verified) return { result: 'refused', status: 401, reason: verification.reason };

    const webhook = parseWebhookEvent(rawBody);
    if (webhook.kind === 'unreadable') {
      return { result: 'unreadable', status: 200, reason: webhook.reason };
    }
    if (webhook.kind === 'ignored') {
      return { result: 'ignored', status: 200, eventType: webhook.eventType, reason: webhook.reason };
    }
    const { connectionId, eventType, message } = webhook;
    const { eventId } = message.payload;
    try {
      const result = await withTimeout(signalTimeoutMs, refreshes.signal(connectionId, message), () => {
        const cause = new Error(`no answer within ${signalTimeoutMs} ms`);
        throw new TemporalUnavailableError('take the webhook', { cause });
      });
      return { eventType, eventId, connectionId, result, status: 200 };
    } catch (error) {
      return { eventType, eventId, connectionId, result: 'unavailable', status: 503, error };
    }
  };
}

const NOT_RAW =
  'rawBody: expected the bytes or the text as received, but something has parsed them. In Express use ' +
  "express.raw({ type: '*/*' }) on this route; in Fastify addContentTypeParser with parseAs 'buffer'; in NestJS " +
  'rawBody: true and request.rawBody; in Hono c.req.text(); in Next.js request.text(), or bodyParser: false in a ' +
  'pages route';

/** JavaScript callers have no types to stop them from passing a parsed body. */
function isRaw(rawBody: unknown): boolean {
  return typeof rawBody === 'string' || types.isUint8Array(rawBody);
}

function headerOf(headers: MeldWebhook['headers'], name: string): HeaderValue {
  if (isFetchHeaders(headers)) return headers.get(name) ?? undefined;
  // Node writes names in lower case; gateways hand them over as they came.
  return Object.keys(headers)
    .filter((given) => given.length === name.length && given.toLowerCase() === name)
    .flatMap((given) => headers[given] ?? []);
}

function isFetchHeaders(headers: MeldWebhook['headers']): headers is FetchHeaders {
  return typeof headers['get'] === 'function';
}
