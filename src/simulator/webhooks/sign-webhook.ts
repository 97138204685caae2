import { createHmac } from 'node:crypto';

interface SignedParts {
  readonly secret: string;
  /** The `meld-signature-timestamp` header, to the letter. */
  readonly timestamp: string;
  /** The webhook URL as the profile holds it, not the one the request went to. */
  readonly url: string;
  readonly body: string;
}

/** The `meld-signature` header of one delivery attempt ("Webhook authentication"): base64url, padding kept. */
export function signWebhook({ secret, timestamp, url, body }: SignedParts): string {
  const digest = createHmac('sha256', secret).update(`${timestamp}.${url}.${body}`).digest('base64');
  return digest.replaceAll('+', '-').replaceAll('/', '_');
}
