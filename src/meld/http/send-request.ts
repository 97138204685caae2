import type { Dispatcher } from 'undici';
import { decodeBody, type AnswerBody } from './decode-body';
import { readAtMost } from './read-at-most';
import { parseRetryAfter } from './retry-after';

export interface MeldRequest {
  readonly method: 'GET' | 'POST';
  /** Below the base URL, with its query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** What one request to Meld brought, whatever it means. */
export type HttpResult =
  | {
      readonly got: 'answer';
      readonly httpStatus: number;
      /** From `Retry-After`; `null` when absent or unreadable. */
      readonly retryAfterMs: number | null;
      readonly body: AnswerBody;
    }
  /** No status line came; `sent` is false when provably no byte of the request left. */
  | { readonly got: 'no_answer'; readonly sent: boolean; readonly problem: string };

interface ExchangeOptions {
  readonly dispatcher: Dispatcher;
  readonly request: Dispatcher.RequestOptions;
  /** From the first look-up of the host to the last byte of the body. */
  readonly timeoutMs: number;
  readonly maxBodyBytes: number;
  /** Asked when no answer came. */
  readonly wasSent: () => boolean;
  readonly now: () => number;
}

/** One request, one answer: no redirect is followed and nothing is sent again. Never throws. */
export async function sendRequest(options: ExchangeOptions): Promise<HttpResult> {
  const { dispatcher, request, timeoutMs, maxBodyBytes, wasSent, now } = options;
  const total = new AbortController();
  const timer = setTimeout(() => total.abort(new TimedOut(timeoutMs)), timeoutMs);
  try {
    // undici only heeds the signal once it is connected, and its connect timeout may be a second late.
    const response = await Promise.race([
      dispatcher.request({ ...request, signal: total.signal }),
      rejectWhenAborted(total.signal),
    ]);
    return {
      got: 'answer',
      httpStatus: response.statusCode,
      body: await readBody(response, maxBodyBytes),
      retryAfterMs: parseRetryAfter(response.headers['retry-after'], now()),
    };
  } catch (error) {
    return { got: 'no_answer', sent: wasSent(), problem: describe(error) };
  } finally {
    clearTimeout(timer);
  }
}

async function readBody({ body, headers }: Dispatcher.ResponseData, maxBytes: number): Promise<AnswerBody> {
  try {
    const bytes = await readAtMost(body, maxBytes);
    return bytes === null
      ? { read: 'failed', problem: `the body is longer than ${maxBytes} bytes` }
      : await decodeBody(bytes, headers['content-encoding'], maxBytes);
  } catch (error) {
    return { read: 'failed', problem: `the body was cut: ${describe(error)}` };
  }
}

class TimedOut extends Error {
  constructor(timeoutMs: number) {
    super(`not complete within ${timeoutMs} ms`);
  }
}

const rejectWhenAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted', { cause: signal.reason })));
  });

/** Codes only: other messages may quote what was sent. */
function describe(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown error';
  if (error instanceof TimedOut) return error.message;
  if ('cause' in error && error.cause instanceof TimedOut) return error.cause.message;
  return 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';
}
