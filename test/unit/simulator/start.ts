import { createServer, type IncomingHttpHeaders } from 'node:http';
import { request } from 'undici';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../../src/simulator/simulator';

const closers: (() => Promise<void>)[] = [];

/** Everything a test started ends with it. */
export async function closeAll(): Promise<void> {
  await Promise.all(closers.splice(0).map((close) => close()));
}

/** A simulator whose webhook minutes take 3 ms. */
export async function aSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ timeScale: 0.00005, ...options });
  closers.push(() => simulator.close());
  return simulator;
}

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** `status`: what to answer to the n-th request; `hang` never answers. */
export async function aReceiver(status: (n: number) => number | 'hang' = () => 200) {
  const received: Received[] = [];
  const server = createServer((incoming, outgoing) => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    incoming.on('end', () => {
      received.push({ headers: incoming.headers, body });
      const answer = status(received.length);
      if (answer !== 'hang') outgoing.writeHead(answer, { location: '/elsewhere' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/webhooks/meld`, received };
}

/** A simulator that sends its webhooks to a receiver which takes them all. */
export async function aSimulatorWithReceiver(options: SimulatorOptions = {}) {
  const receiver = await aReceiver();
  const simulator = await aSimulator({ webhookUrl: receiver.url, ...options });
  return { simulator, receiver };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Record<string, unknown>;
}

interface CallOptions {
  readonly authorization?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** One call to Meld, with the right key unless told otherwise. */
export async function call(
  simulator: Simulator,
  method: 'GET' | 'POST' | 'PATCH' | 'PUT',
  path: string,
  { authorization = `BASIC ${simulator.apiKey}`, body, signal }: CallOptions = {},
): Promise<Answer> {
  const response = await request(`${simulator.url}${path}`, {
    method,
    headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal && { signal }),
  });
  const text = await response.body.text();
  const parsed: unknown = text === '' ? {} : JSON.parse(text);
  return { status: response.statusCode, headers: response.headers, body: Object(parsed) };
}

export const connectionPath = (id: string): string => `/bank-linking/connections/${id}`;

export const read = (simulator: Simulator, id: string): Promise<Answer> =>
  call(simulator, 'GET', connectionPath(id));

export const refresh = (simulator: Simulator, id: string, options: CallOptions = {}): Promise<Answer> =>
  call(simulator, 'POST', `${connectionPath(id)}/refresh`, { body: {}, ...options });

/** The parsed event bodies that came in, by the type without its prefix. */
export function eventsOf({ received }: { readonly received: readonly Received[] }) {
  return received.map(({ body }) => {
    const event = JSON.parse(body);
    return { ...event, type: String(event.eventType).replace('BANK_LINKING_', '') };
  });
}
export const typesOf = (receiver: { readonly received: readonly Received[] }): string[] =>
  eventsOf(receiver).map(({ type }) => type);

/** A clock that stands still until it is moved. */
export function aClock(startMs = Date.parse('2026-01-01T00:00:00Z')) {
  let nowMs = startMs;
  return { now: () => nowMs, advance: (byMs: number) => void (nowMs += byMs) };
}
