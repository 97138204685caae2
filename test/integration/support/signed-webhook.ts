import { signWebhook } from '../../../src/simulator/webhooks/sign-webhook';
import { ask, type Answer } from './ask';

export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
}

/** One event as Meld sends it, of a connection that no simulator has to know. */
export function anEvent(connectionId: string, fields: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    eventType: 'BANK_LINKING_CONNECTION_STATUS_CHANGE',
    eventId: `event-${Math.random().toString(36).slice(2)}`,
    timestamp: new Date().toISOString(),
    accountId: 'account-1',
    profileId: null,
    version: '2023-12-19',
    payload: { connectionId, newStatus: 'ACTIVE' },
    ...fields,
  });
}

/** Delivers a body under a signature made with that secret. */
export function deliver({ url, secret }: WebhookTarget, body: string): Promise<Answer> {
  const timestamp = new Date().toISOString();
  return ask(url, {
    method: 'POST',
    body,
    headers: {
      'meld-signature': signWebhook({ secret, timestamp, url, body }),
      'meld-signature-timestamp': timestamp,
    },
  });
}
