import type { IncomingHttpHeaders } from 'node:http';
import type { OutcomeMessage } from 'meld-refresh/client';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

/** The outcome that was told; `null` when its signature is not the worker's. */
export function readOutcome(
  secret: string,
  rawBody: string,
  headers: IncomingHttpHeaders,
): OutcomeMessage | null {
  try {
    return new Webhook(secret).verify(rawBody, {
      'webhook-id': String(headers['webhook-id']),
      'webhook-timestamp': String(headers['webhook-timestamp']),
      'webhook-signature': String(headers['webhook-signature']),
    }) as OutcomeMessage;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return null;
    throw error;
  }
}
