import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { freePort } from '../../../src/dev/free-port';
import { mergePolicies } from '../../../src/refresh/input/parse-policy';
import type { RefreshPolicyInput } from '../../../src/refresh/model/policy';
import type { StackProcess } from '../../../src/dev/stack/stack-process';
import { startStack } from '../../../src/dev/stack/start-stack';
import { refreshApi, type RefreshApi } from './refresh-api';
import type { WebhookTarget } from './signed-webhook';
import { simulatedMeld, type SimulatedMeld } from './simulated-meld';

export interface TestStackOptions {
  /** Over `HASTE`. */
  readonly policy?: RefreshPolicyInput;
  /** `MELD_TIMEOUT` of the worker; default 20 s, as in production. */
  readonly meldTimeout?: string;
  readonly logLevel?: string;
  /** Where outcomes are told; default: nowhere. */
  readonly outcomeWebhook?: WebhookTarget;
  /** `PAYLOAD_KEYS` of worker and server; default: payloads are plain. */
  readonly payloadKeys?: string;
  /** Of an earlier stack, to go on with its histories; `close()` leaves it. */
  readonly folder?: string;
}

/** The whole product in processes of its own, and what a test holds in its hands. */
export interface TestStack {
  readonly api: RefreshApi;
  readonly apiKey: string;
  readonly meld: SimulatedMeld;
  readonly meldApiKey: string;
  /** Where Meld's webhooks go, and what signs them. */
  readonly webhooks: WebhookTarget;
  /** `/metrics` of the worker. */
  readonly metricsUrl: string;
  /** To look behind the scenes. */
  readonly temporal: Client;
  readonly temporalAddress: string;
  readonly uiUrl: string;
  readonly worker: StackProcess;
  readonly server: StackProcess;
  readonly simulator: StackProcess;
  /** Temporal itself. */
  readonly dev: StackProcess;
  /** The database of Temporal and all logs; gone after `close()`. */
  readonly folder: string;
  close(): Promise<void>;
}

/** Hours as seconds. Webhooks come within milliseconds here, so that a poll means that none came. */
const HASTE: RefreshPolicyInput = {
  settle: '500ms',
  completionWait: '10s',
  poll: { first: '4s', factor: 2, maximum: '10s' },
  unknownAnswerWait: '3s',
  serverErrorRetries: 2,
  serverErrorBackoff: { initial: '200ms', factor: 2, maximum: '1s' },
  statusChangeWait: '10s',
  // Longer than any test waits: where Meld or the provider's rule says when, that has to be heeded.
  defaultRateLimitWindow: '10m',
  rateLimitFloor: '500ms',
  maxRateLimitWaits: 2,
  giveUpAfter: '60s',
  providers: { MX: { forcedRefreshEvery: '2s', after: 'any_aggregation' } },
};

/** A minute of Meld's webhook retries takes 60 ms. */
const TIME_SCALE = 0.001;

/** Starts the product as it was built (`npm run build`). */
export async function aStack(options: TestStackOptions = {}): Promise<TestStack> {
  const {
    policy = {},
    meldTimeout = '20s',
    logLevel = 'info',
    outcomeWebhook,
    payloadKeys,
    folder,
  } = options;
  const outcomes = outcomeWebhook && {
    OUTCOME_WEBHOOK_URL: outcomeWebhook.url,
    OUTCOME_WEBHOOK_SECRET: outcomeWebhook.secret,
  };
  const encryption = payloadKeys !== undefined && { PAYLOAD_KEYS: payloadKeys };
  const metricsAddress = `127.0.0.1:${await freePort()}`;
  const apiKey = `api-key-${randomBytes(12).toString('hex')}`;
  const stack = await startStack({
    policy: mergePolicies(HASTE, policy),
    logLevel,
    apiKeys: [apiKey],
    simulator: { timeScale: TIME_SCALE },
    env: {
      worker: { MELD_TIMEOUT: meldTimeout, METRICS_ADDRESS: metricsAddress, ...outcomes, ...encryption },
      server: { MELD_TIMEOUT: meldTimeout, ...outcomes, ...encryption },
    },
    ...(folder !== undefined && { folder }),
  });
  const connection = await Connection.connect({ address: stack.temporalAddress });
  return {
    api: refreshApi(stack.apiUrl, apiKey),
    apiKey,
    meld: simulatedMeld(stack.simulatorUrl),
    meldApiKey: stack.secrets.meldApiKey,
    webhooks: { url: `${stack.apiUrl}/webhooks/meld`, secret: stack.secrets.webhookSecret },
    metricsUrl: `http://${metricsAddress}/metrics`,
    temporal: new Client({ connection, namespace: stack.namespace }),
    temporalAddress: stack.temporalAddress,
    uiUrl: stack.uiUrl,
    worker: stack.worker,
    server: stack.server,
    simulator: stack.simulator,
    dev: stack.temporal,
    folder: stack.folder,
    close: async () => {
      await connection.close();
      await stack.stop();
      if (folder === undefined) rmSync(stack.folder, { recursive: true, force: true });
    },
  };
}
