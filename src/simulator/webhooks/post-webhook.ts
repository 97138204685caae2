import { request, type Dispatcher } from 'undici';

interface WebhookPost {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly dispatcher: Dispatcher;
}

/** `ok` or the words of `Meld-Retry-Reason`. */
export type PostResult = 'ok' | 'Timeout' | 'Could not connect' | `HTTP error: ${number}`;

/** One delivery attempt: redirects are not followed, exactly 200 counts. Never throws. */
export async function postWebhook(url: string, post: WebhookPost, timeoutMs: number): Promise<PostResult> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await request(url, { ...post, method: 'POST', signal });
    await response.body.dump();
    return response.statusCode === 200 ? 'ok' : `HTTP error: ${response.statusCode}`;
  } catch {
    // A connection that breaks before the answer has no words of its own at Meld.
    return signal.aborted ? 'Timeout' : 'Could not connect';
  }
}
