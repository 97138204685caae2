import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
import { sendRequest } from './send-request';
import type { HttpResult, MeldRequest } from './send-request';
import { ownConnection } from './single-use-connection';

/** How requests reach Meld. Neither way of sending throws, follows a redirect or sends anything twice. */
export interface Transport {
  /** Over kept-alive connections: for what may be asked again. */
  send(request: MeldRequest): Promise<HttpResult>;
  /** Over a connection of its own: for what is charged. */
  sendOnce(request: MeldRequest): Promise<HttpResult>;
  close(): Promise<void>;
}

interface TransportOptions {
  /** `https://api.meld.io`, say; a path is kept as a prefix. */
  readonly baseUrl: string;
  /** Raw, as Meld issued it. */
  readonly apiKey: string;
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly maxBodyBytes: number;
}

/** Throws on a base URL or key that no request could be made with; the key is not quoted. */
export function makeTransport(options: TransportOptions): Transport {
  const { timeoutMs, maxBodyBytes } = options;
  const base = parseBaseUrl(options.baseUrl);
  if (!/^[\x21-\x7e]+$/.test(options.apiKey)) {
    throw new TypeError(
      'apiKey: expected printable ASCII without spaces: copy the key from the Meld dashboard.',
    );
  }
  const connectTimeout = Math.min(options.connectTimeoutMs, timeoutMs);
  const agent = new Agent({ connect: { timeout: connectTimeout }, headersTimeout: 0, bodyTimeout: 0 });

  const toRequest = ({ method, path, body }: MeldRequest): Dispatcher.RequestOptions => ({
    origin: base.origin,
    method,
    path: base.pathname.replace(/\/+$/, '') + path,
    headers: {
      // Meld, "Getting started": the raw key, not base64 of a user and password.
      authorization: `BASIC ${options.apiKey}`,
      accept: 'application/json',
      'user-agent': 'meld-refresh',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

  const exchange = (dispatcher: Dispatcher, request: MeldRequest, wasSent: () => boolean) =>
    sendRequest({ dispatcher, request: toRequest(request), timeoutMs, maxBodyBytes, wasSent });

  return {
    send: (request) => exchange(agent, request, () => true),
    sendOnce: async (request) => {
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
