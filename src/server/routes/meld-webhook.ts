import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseWebhookEvent } from '../../meld/webhook-event';
import type { ParsedWebhook } from '../../meld/webhook-event';
import { SIGNATURE_HEADER, TIMESTAMP_HEADER, verifyWebhookSignature } from '../../meld/webhook-signature';
import { jsonAnswer, problemAnswers } from '../answers';
import { TAGS } from '../openapi';
import { Problem } from '../problem';
import { problemFromError } from '../problem-from-error';
import type { Api, RouteDeps } from '../server-deps';
import type { WebhookResult } from '../server-metrics';
import { withinMs } from '../within-ms';

/** Meld's own first retry comes after a minute; the header is for people and proxies. */
const RETRY_AFTER_SECONDS = 30;

const received = z.object({ result: z.enum(['delivered', 'no_open_refresh', 'ignored', 'unreadable']) });

/**
 * `POST /webhooks/meld`. Meld retries everything but exactly 200 for three days (Webhooks retries), so 200 is the
 * answer to whatever another delivery would not change, and anything else asks for one.
 */
export function meldWebhookRoute(app: Api, deps: RouteDeps): void {
  takeRawBodies(app, deps.limits.webhookBodyBytes);
  app.route({
    method: 'POST',
    url: '/webhooks/meld',
    bodyLimit: deps.limits.webhookBodyBytes,
    schema: {
      operationId: 'receiveMeldWebhook',
      tags: [TAGS.webhooks],
      summary: 'Take a webhook from Meld',
      description:
        `Signed by \`${SIGNATURE_HEADER}\` and \`${TIMESTAMP_HEADER}\` over the raw body, whatever its content type. ` +
        'It wakes the open refresh of the connection, if there is one.',
      response: {
        200: jsonAnswer('Taken; another delivery would change nothing.', received),
        ...problemAnswers(
          'invalid-signature',
          'payload-too-large',
          'headers-too-large',
          'internal',
          'temporal-rejected',
          'temporal-unavailable',
          'webhooks-not-configured',
          'shutting-down',
        ),
      },
    },
    handler: async (request) => {
      const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      verify(request, rawBody, deps);
      return { result: await handOver(request, parseWebhookEvent(rawBody), deps) };
    },
  });
}

/** The signature covers the bytes as sent: nothing may parse them first. */
function takeRawBodies(app: Api, bodyLimit: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', (request, _reply, done) => {
    // Fastify refuses a content type that it cannot read before any parser sees the body.
    if ('content-type' in request.headers) request.headers['content-type'] = 'application/octet-stream';
    done();
  });
}

function verify(request: FastifyRequest, rawBody: Buffer, { webhooks, now, metrics }: RouteDeps): void {
  if (webhooks === null) {
    metrics.webhookReceived('not_configured');
    throw new Problem('webhooks-not-configured', 'Set MELD_WEBHOOK_SECRETS and MELD_WEBHOOK_URL.', {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }
  const verification = verifyWebhookSignature({
    ...webhooks,
    rawBody,
    signature: request.headers[SIGNATURE_HEADER],
    timestamp: request.headers[TIMESTAMP_HEADER],
    nowMs: now(),
  });
  if (verification.verified) return;
  metrics.webhookReceived('refused');
  request.log.warn(
    { event: 'meld_webhook', result: 'refused', reason: verification.reason },
    'webhook refused',
  );
  throw new Problem('invalid-signature', `${verification.reason}.`);
}

async function handOver(
  request: FastifyRequest,
  webhook: ParsedWebhook,
  deps: RouteDeps,
): Promise<z.output<typeof received>['result']> {
  const report = (result: WebhookResult, fields: Readonly<Record<string, string>>) => {
    deps.metrics.webhookReceived(result);
    const unusual = result === 'unreadable' || result === 'unavailable';
    request.log[unusual ? 'warn' : 'info']({ event: 'meld_webhook', result, ...fields }, `webhook ${result}`);
  };

  if (webhook.kind !== 'refresh_event') {
    const { kind, ...fields } = webhook;
    report(kind, fields);
    return kind;
  }
  const { connectionId, eventType, message } = webhook;
  const fields = { eventType, eventId: message.payload.eventId, connectionId };
  try {
    const result = await withinMs(deps.limits.signalTimeoutMs, deps.refreshes.signal(connectionId, message));
    if (result === 'late') throw unavailable();
    report(result, fields);
    return result;
  } catch (error) {
    report('unavailable', { ...fields, problem: problemFromError(error).kind });
    throw error;
  }
}

function unavailable(): Problem {
  return new Problem('temporal-unavailable', 'Temporal did not take the webhook in time. Deliver it again.', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}
