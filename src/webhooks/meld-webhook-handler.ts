import { readAtMost } from '../meld/http/read-at-most';
import {
  makeReceiveMeldWebhook,
  type MeldWebhookOptions,
  type MeldWebhookReceipt,
} from './receive-meld-webhook';

export interface MeldWebhookHandlerOptions extends MeldWebhookOptions {
  /** Told of every webhook that was read to its end: for a log or a counter. What it throws, the handler throws. */
  readonly onReceipt?: (receipt: MeldWebhookReceipt) => void;
}

/** 64 KiB: Meld's webhooks are a few hundred bytes. */
const BODY_BYTES = 65_536;

/**
 * Meld's webhooks for whatever speaks the Fetch API on Node.js: a Next.js route's `POST`, Hono, a plain server.
 * Answers exactly 200 to what another delivery would not change; 401, 405, 413 or 503 otherwise.
 */
export function makeMeldWebhookHandler({
  onReceipt,
  ...options
}: MeldWebhookHandlerOptions): (request: Request) => Promise<Response> {
  const receive = makeReceiveMeldWebhook(options);
  return async (request) => {
    if (request.method !== 'POST') {
      return Response.json({ result: 'refused' }, { status: 405, headers: { allow: 'POST' } });
    }
    const rawBody = request.body === null ? Buffer.alloc(0) : await readAtMost(request.body, BODY_BYTES);
    if (rawBody === null) return Response.json({ result: 'refused' }, { status: 413 });
    const receipt = await receive({ rawBody, headers: request.headers });
    onReceipt?.(receipt);
    return Response.json({ result: receipt.result }, { status: receipt.status });
  };
}
