import { Agent } from 'undici';
import { buildApp } from './http/app';
import { makeControls } from './controls';
import { makeMeld } from './meld';
import type { SearchOrder } from './calls/search';

export const DEFAULT_API_KEY = 'sandbox-key';
export const DEFAULT_WEBHOOK_SECRET = 'sandbox-webhook-secret';

export interface SimulatorOptions {
  /** Default 127.0.0.1: anyone who reaches it controls it. */
  readonly host?: string;
  /** Default 0, any free one. */
  readonly port?: number;
  /** The key that Meld's endpoints demand. Default `sandbox-key`. */
  readonly apiKey?: string;
  /** Where webhooks go, and what their signature covers. Left out: none are sent. */
  readonly webhookUrl?: string;
  readonly webhookSecret?: string;
  /** Factor on the webhooks' retry schedule. Default 1: Meld's minutes and hours. */
  readonly timeScale?: number;
  /** How long a receiver may take. Default 10 s, scaled, but never less than a second. */
  readonly webhookTimeoutMs?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Meld's clock in epoch milliseconds: windows, aggregations, event timestamps. Default the real one. */
  readonly now?: () => number;
  /** The clock of webhook signatures, which the receiver compares with its own. Default the real one. */
  readonly signingNow?: () => number;
  /** Which way the search for connections runs. Default `oldest_first`. */
  readonly searchOrder?: SearchOrder;
}

export type Simulator = Awaited<ReturnType<typeof startSimulator>>;

export interface WebhookTarget {
  /** Default: the secret of before. */
  readonly secret?: string;
  /** Where to send it when a proxy stands before the signed URL. */
  readonly deliverTo?: string;
}

/** A full attempt of Meld's, before scaling. */
const WEBHOOK_TIMEOUT_MS = 10_000;
/** A receiver on a busy machine must not look slow only because the schedule was scaled down. */
const WEBHOOK_TIMEOUT_FLOOR_MS = 1_000;

/** Starts a Meld that behaves like Meld at its worst. @throws when the address is taken. */
export async function startSimulator(options: SimulatorOptions = {}) {
  const {
    host = '127.0.0.1',
    port = 0,
    apiKey = DEFAULT_API_KEY,
    webhookSecret = DEFAULT_WEBHOOK_SECRET,
    timeScale = 1,
    webhookTimeoutMs = Math.max(WEBHOOK_TIMEOUT_MS * timeScale, WEBHOOK_TIMEOUT_FLOOR_MS),
    seed = 1,
    now = Date.now,
    signingNow = Date.now,
    searchOrder = 'oldest_first',
  } = options;
  // No keep-alive: an idle connection that the receiver closes would look like a failed attempt.
  const dispatcher = new Agent({ pipelining: 0, connections: 64 });
  const meld = makeMeld({ seed, now, signingNow, timeScale, webhookTimeoutMs, dispatcher });
  const controls = makeControls(meld);

  let secret = webhookSecret;
  const setWebhookTarget = (target: string, rest: WebhookTarget = {}): void => {
    secret = rest.secret ?? secret;
    meld.profiles.setTarget(target, secret, rest.deliverTo);
  };
  if (options.webhookUrl !== undefined) setWebhookTarget(options.webhookUrl);

  const app = buildApp({ meld, controls, apiKey, searchOrder, setWebhookTarget });
  const url = await app.listen({ host, port });

  return {
    ...controls,
    /** Base URL without a slash at its end. */
    url,
    apiKey,
    get webhookSecret(): string {
      return secret;
    },
    setWebhookTarget,
    /** Breaks whatever is open; resolves when nothing of it runs any more. */
    async close(): Promise<void> {
      meld.clock.stop();
      meld.reset();
      await app.close();
      await dispatcher.destroy();
    },
  };
}
