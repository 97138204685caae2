import type { PayloadCodec } from '@temporalio/common';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RefreshClient } from '../client';
import type { MeldClient } from '../meld/meld-client';
import type { MeldWebhookOptions } from '../webhooks/receive-meld-webhook';
import type { ServerLimits } from './limits';
import type { ServerMetrics } from './plugins/metrics';
import type { LongPolls } from './long-polls';

/** What the server asks of refreshes. */
export type Refreshes = Pick<
  RefreshClient,
  'refresh' | 'latest' | 'describe' | 'wait' | 'cancel' | 'listPage' | 'refreshCustomer' | 'signal'
>;

type WebhookSettings = Pick<MeldWebhookOptions, 'secrets' | 'url'>;

export interface CodecSettings {
  readonly codec: PayloadCodec;
  /** Whose pages may ask, as `Origin` has them. */
  readonly origins: readonly string[];
}

export interface ServerDeps {
  readonly refreshes: Refreshes;
  readonly meld: Pick<MeldClient, 'repair' | 'searchConnections'>;
  /** Left out: `/webhooks/meld` answers 503. */
  readonly webhooks?: WebhookSettings;
  /** Left out: there are no routes under `/codec`. */
  readonly codec?: CodecSettings;
  /** Resolves when Temporal answers, rejects when it does not. */
  readonly pingTemporal: () => Promise<unknown>;
  /** Any of them opens the API; with none it is open to everyone. */
  readonly apiKeys: readonly string[];
  /** Requests a minute per key. */
  readonly apiRateLimit: number;
  /** The most a request may raise its own `maxCharges` to. */
  readonly maxCharges: number;
  readonly logger: FastifyBaseLogger;
  /** Epoch milliseconds; default `Date.now`. */
  readonly now?: () => number;
  /** Default: counters of its own. */
  readonly metrics?: ServerMetrics;
  /** Makes a span for each request; default: none. */
  readonly traceRequests?: (app: FastifyInstance) => void;
  readonly limits?: Partial<ServerLimits>;
}

/** What a route works with: the dependencies with every default filled in, and what the server itself holds. */
export interface RouteDeps extends Required<
  Omit<ServerDeps, 'webhooks' | 'codec' | 'limits' | 'apiKeys' | 'apiRateLimit' | 'traceRequests'>
> {
  readonly webhooks: WebhookSettings | null;
  readonly limits: ServerLimits;
  readonly longPolls: LongPolls;
}

/** The Fastify instance as the routes see it: zod schemas type the handlers. */
export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;
