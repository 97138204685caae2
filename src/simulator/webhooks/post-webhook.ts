import { request, type Dispatcher } from 'undici';

interface WebhookPost {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly dispatcher: Dispatcher;
}

/** `ok` or the words of `Meld-Retry-Reason`. */
export type PostResult = 'ok' | 'Timeout' | 'Could not connect' | `HTTP error: ${number}`;

/** One delivery attempt: redirects are not followed, exactly 200 counts. Never throws. */
export async function postWebhook({
  url,
  headers,
  body,
  timeoutMs,
  dispatcher,
}: WebhookPost): Promise<PostResult> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await request(url, { method: 'POST', headers, body, dispatcher, signal });
    await response.body.dump();
    return response.statusCode === 200 ? 'ok' : `HTTP error: ${response.statusCode}`;
  } catch {
    // A connection that breaks before the answer has no words of its own at Meld.
    return signal.aborted ? 'Timeout' : 'Could not connect';
  }
}
