import { makeReceiveMeldWebhook } from './receive-meld-webhook';
import type { MeldWebhookOptions, MeldWebhookReceipt } from './receive-meld-webhook';

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
    const rawBody = await readBody(request);
    if (rawBody === null) return Response.json({ result: 'refused' }, { status: 413 });
    const receipt = await receive({ rawBody, headers: request.headers });
    onReceipt?.(receipt);
    return Response.json({ result: receipt.result }, { status: receipt.status });
  };
}

/** `null` when it is too large; the rest of it is not read then. */
async function readBody({ body }: Request): Promise<Uint8Array | null> {
  if (body === null) return new Uint8Array();
  const stream: AsyncIterable<Uint8Array> = body;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
