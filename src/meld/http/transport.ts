import { Agent, type Dispatcher } from 'undici';
import { sendRequest, type HttpResult, type MeldRequest } from './send-request';
import { ownConnection } from './single-use-connection';

/** How requests reach Meld. Neither way of sending throws, follows a redirect or sends anything twice. */
export type Transport = ReturnType<typeof makeTransport>;

export interface MeldClientOptions {
  /** `https://api.meld.io` or `https://api-sb.meld.io`; keys and data of the two are separate. A path is kept as a prefix. */
  readonly baseUrl: string;
  /** Raw, as Meld issued it. */
  readonly apiKey: string;
  /** One request in all: connecting, headers and body. Keep it below the 60 s that the charged activity may take. */
  readonly timeoutMs?: number;
  /** Connecting alone, TLS included. */
  readonly connectTimeoutMs?: number;
  /** A connection is about 2 kB, a page of them some hundred. */
  readonly maxBodyBytes?: number;
  /** Epoch milliseconds: for a `Retry-After` that is a date. */
  readonly now?: () => number;
}

/** Throws on a base URL or key that no request could be made with; the key is not quoted. */
export function makeTransport({
  baseUrl,
  apiKey,
  timeoutMs = 20_000,
  connectTimeoutMs = 5_000,
  maxBodyBytes = 1_048_576,
  now = Date.now,
}: MeldClientOptions) {
  const base = parseBaseUrl(baseUrl);
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new TypeError(
      'apiKey: expected printable ASCII without spaces: copy the key from the Meld dashboard.',
    );
  }
  const connectTimeout = Math.min(connectTimeoutMs, timeoutMs);
  const agent = new Agent({ connect: { timeout: connectTimeout }, headersTimeout: 0, bodyTimeout: 0 });

  const toRequest = ({ method, path, body }: MeldRequest): Dispatcher.RequestOptions => ({
    origin: base.origin,
    method,
    path: base.pathname.replace(/\/+$/, '') + path,
    headers: {
      // Meld, "Getting started": the raw key, not base64 of a user and password.
      authorization: `BASIC ${apiKey}`,
      accept: 'application/json',
      'user-agent': 'meld-refresh',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

  const exchange = (dispatcher: Dispatcher, request: MeldRequest, wasSent: () => boolean) =>
    sendRequest({ dispatcher, request: toRequest(request), timeoutMs, maxBodyBytes, wasSent, now });

  return {
    /** Over kept-alive connections: for what may be asked again. */
    send: (request: MeldRequest) => exchange(agent, request, () => true),
    /** Over a connection of its own: for what is charged. */
    async sendOnce(request: MeldRequest): Promise<HttpResult> {
      const { dispatcher, wasSent, destroy } = ownConnection(base.origin, connectTimeout);
      try {
        return await exchange(dispatcher, request, wasSent);
      } finally {
        await destroy();
      }
    },
    close: () => agent.close(),
  };
}

function parseBaseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== ''
  ) {
    throw new TypeError(
      'baseUrl: expected an http(s) URL without user, query or fragment, such as https://api.meld.io.',
    );
  }
  return url;
}
