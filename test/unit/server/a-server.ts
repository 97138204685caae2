import { createHmac } from 'node:crypto';
import { Writable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import type { MeldReply } from '../../../src/meld/http/meld-reply';
import type { Repair } from '../../../src/meld/endpoints/post-repair';
import type { Connection } from '../../../src/refresh/model/connection';
import { buildServer } from '../../../src/server/build-server';
import type { ServerDeps } from '../../../src/server/server-deps';
import { makeFakeRefreshes, type FakeRefreshes } from './fake-refreshes';

export const NOW = '2026-03-01T12:00:00.000Z';
export const API_KEY = 'first-key-0123456789abcdef';
export const OLD_API_KEY = 'older-key-0123456789abcdef';
export const WEBHOOK_SECRET = 'webhook-secret-0123456789';
export const WEBHOOK_URL = 'https://hooks.example.com/meld';
export const AUTHORIZED = { authorization: `Bearer ${API_KEY}` };
export const REPAIR: Repair = {
  connectToken: 'connect-token-of-the-customer',
  widgetUrl: 'https://widget.example.com/?token=widget-token',
  id: 'repair-1',
  institutionId: 'institution-1',
};

export interface AServer {
  readonly app: FastifyInstance;
  readonly refreshes: FakeRefreshes;
  /** Every log line so far, parsed. */
  readonly lines: () => Record<string, unknown>[];
  readonly log: () => string;
}

/** A whole server over fakes; name only what differs. Close it with `closeServers`. */
export async function aServer(
  changes: Partial<ServerDeps> & { readonly repair?: MeldReply<Repair>; readonly without?: 'webhooks' } = {},
): Promise<AServer> {
  const { repair = { reply: 'ok', value: REPAIR }, without, ...deps } = changes;
  const refreshes = makeFakeRefreshes();
  let log = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      log += String(chunk);
      done();
    },
  });
  const app = await buildServer({
    refreshes,
    meld: {
      repair: async () => repair,
      searchConnections: async function* () {
        yield { ...aConnection('connection-1'), activeDuplicateConnectionId: null };
        yield { ...aConnection('connection-2'), activeDuplicateConnectionId: null };
      },
    },
    ...(without === 'webhooks' ? {} : { webhooks: { secrets: [WEBHOOK_SECRET], url: WEBHOOK_URL } }),
    pingTemporal: async () => undefined,
    apiKeys: [API_KEY, OLD_API_KEY],
    apiRateLimit: 1_000,
    maxCharges: 2,
    logger: pino({ level: 'debug' }, sink),
    now: () => Date.parse(NOW),
    ...deps,
  });
  servers.push(app);
  const lines = () =>
    log
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { app, refreshes, lines, log: () => log };
}

const servers: FastifyInstance[] = [];

export async function closeServers(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.close()));
}

export function aConnection(id: string): Connection {
  return {
    id,
    status: 'ACTIVE',
    statusReason: null,
    serviceProvider: 'PLAID',
    institutionName: 'Test Bank',
    customerId: 'customer-1',
    products: ['BALANCES', 'TRANSACTIONS'],
    optionalProducts: [],
    successfullyAggregatedAt: null,
  };
}

export function aWebhook(changes: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    eventType: 'BANK_LINKING_ACCOUNTS_UPDATED',
    eventId: 'event-1',
    timestamp: '2026-03-01T11:59:58.123456Z',
    accountId: 'account-1',
    profileId: null,
    version: '2021-10-27',
    payload: { connectionId: 'connection-1', customerId: 'customer-1' },
    ...changes,
  });
}

/** Headers as Meld signs them. */
export function signed(
  body: string | Buffer,
  { secret = WEBHOOK_SECRET, url = WEBHOOK_URL, timestamp = NOW } = {},
): Record<string, string> {
  const digest = createHmac('sha256', secret).update(`${timestamp}.${url}.`).update(body).digest('base64');
  return {
    'content-type': 'application/json',
    'meld-signature': digest.replaceAll('+', '-').replaceAll('/', '_'),
    'meld-signature-timestamp': timestamp,
  };
}

/** Resolves as soon as the condition holds; a bound of 5 s says that it never will. */
export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`still not so: ${condition.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
