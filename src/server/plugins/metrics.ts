import type { ConnectionDisposition } from '../../client';
import type { MeldWebhookReceipt } from '../../webhooks/receive-meld-webhook';
import { Counter, Histogram, Registry } from 'prom-client';

type WebhookResult = MeldWebhookReceipt['result'] | 'not_configured';

interface ServedRequest {
  readonly method: string;
  /** The route's pattern, never the path. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

export type ServerMetrics = ReturnType<typeof makeServerMetrics>;

/** The server's own counters, one registry per server. Labels are closed sets: no ids. */
export function makeServerMetrics() {
  const registry = new Registry();
  const requests = new Histogram({
    name: 'meld_refresh_http_request_duration_seconds',
    help: 'Time from the request’s headers to the end of the answer; waiting requests included.',
    labelNames: ['method', 'route', 'status'],
    // A start takes 10 to 100 ms; a waiting request up to a minute.
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [registry],
  });
  const webhooks = new Counter({
    name: 'meld_refresh_webhooks_total',
    help: 'Deliveries to /webhooks/meld by what became of them.',
    labelNames: ['result'],
    registers: [registry],
  });
  const webhookSeconds = new Histogram({
    name: 'meld_refresh_webhook_duration_seconds',
    help: 'Time from a read webhook to what became of it: verified, and signalled to Temporal.',
    labelNames: ['result'],
    // A signal takes 5 to 50 ms and is given up after 5 s; Meld gives up after 10 s.
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const refreshes = new Counter({
    name: 'meld_refresh_refreshes_total',
    help: 'Refreshes asked for over HTTP, by whether they started a run or joined one.',
    labelNames: ['disposition'],
    registers: [registry],
  });
  return {
    registry,
    requestServed({ method, route, status, seconds }: ServedRequest): void {
      requests.observe({ method, route, status: String(status) }, seconds);
    },
    webhookReceived(result: WebhookResult, seconds: number): void {
      webhooks.inc({ result });
      webhookSeconds.observe({ result }, seconds);
    },
    refreshAsked: (disposition: ConnectionDisposition['disposition']) => refreshes.inc({ disposition }),
  };
}
