import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

export interface StubRequest {
  /** `POST /path HTTP/1.1` */
  readonly line: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Stub {
  readonly url: string;
  readonly requests: readonly StubRequest[];
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

type Respond = (socket: Socket, request: StubRequest, nth: number) => void;

/** A server of raw sockets, so that it can answer as badly as a test likes. */
export async function startStub(respond: Respond): Promise<Stub> {
  const requests: StubRequest[] = [];
  const listener = await startListener((socket) => {
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      const request = parse(received);
      if (request === null) return;
      received = '';
      requests.push(request);
      respond(socket, request, requests.length);
    });
  });
  return { ...listener, requests };
}

/** The same without any idea of HTTP. */
export async function startListener(onConnection: (socket: Socket) => void): Promise<Omit<Stub, 'requests'>> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    connections: () => sockets.length,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function parse(text: string): StubRequest | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [line = '', ...rest] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    rest.map((header) => {
      const [name = '', value = ''] = header.split(/: (.*)/);
      return [name.toLowerCase(), value];
    }),
  );
  const body = text.slice(end + 4);
  return body.length < Number(headers['content-length'] ?? 0) ? null : { line, headers, body };
}

/** A whole, well-formed HTTP answer. */
export function httpAnswer(status: number, body: unknown, headers: readonly string[] = []): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return [
    `HTTP/1.1 ${status} Whatever`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
    ...headers,
    '',
    text,
  ].join('\r\n');
}

/** The body of Meld's errors. */
export const anError = (requestId = 'req-1') => ({
  code: 'ANY',
  message: 'any',
  errors: [],
  requestId,
  timestamp: '2022-05-26T20:23:45Z',
});
