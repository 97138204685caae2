import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedOutcome {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** What it was answered with. */
  readonly status: number;
}

/** A backend that is told outcomes: by connection it is `down` (503, ask again in a second), or takes them with 204. */
export interface OutcomeReceiver {
  readonly url: string;
  readonly received: readonly ReceivedOutcome[];
  down(connectionId: string): void;
  up(connectionId: string): void;
  /** Those about the connection, in the order in which they came. */
  about(connectionId: string): ReceivedOutcome[];
  close(): Promise<void>;
}

export async function startOutcomeReceiver(): Promise<OutcomeReceiver> {
  const received: ReceivedOutcome[] = [];
  const down = new Set<string>();
  const connectionOf = (body: string): string => JSON.parse(body).data.connectionId;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const status = down.has(connectionOf(body)) ? 503 : 204;
      received.push({ headers: request.headers, body, status });
      response.writeHead(status, status === 503 ? { 'retry-after': '1' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/outcomes`,
    received,
    down: (connectionId) => void down.add(connectionId),
    up: (connectionId) => void down.delete(connectionId),
    about: (connectionId) => received.filter(({ body }) => connectionOf(body) === connectionId),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
