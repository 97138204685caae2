import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { SIGNATURE_HEADER, TIMESTAMP_HEADER } from '../../meld/webhooks/verify-signature';
import { makeReceiveMeldWebhook, type MeldWebhookReceipt } from '../../webhooks/receive-meld-webhook';
import { jsonAnswer, problemAnswers } from '../schemas/responses';
import { TAGS } from '../schemas/openapi';
import { ProblemError } from '../problems/problem';
import { problemFromError } from '../problems/problem-from-error';
import type { Api, RouteDeps } from '../server-deps';

const received = z.object({ result: z.enum(['delivered', 'no_open_refresh', 'ignored', 'unreadable']) });

/**
 * `POST /webhooks/meld`. Meld retries everything but exactly 200 for three days (Webhooks retries), so 200 is the
 * answer to whatever another delivery would not change, and anything else asks for one.
 */
export function meldWebhookRoute(app: Api, deps: RouteDeps): void {
  const { webhooks, refreshes, limits, now } = deps;
  const { signalTimeoutMs } = limits;
  const receive = webhooks && makeReceiveMeldWebhook({ ...webhooks, refreshes, signalTimeoutMs, now });
  takeRawBodies(app, limits.webhookBodyBytes);
  app.route({
    method: 'POST',
    url: '/webhooks/meld',
    bodyLimit: limits.webhookBodyBytes,
    schema: {
      operationId: 'receiveMeldWebhook',
      tags: [TAGS.webhooks],
      summary: 'Take a webhook from Meld',
      security: [{ meldSignature: [] }],
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
      const startedMs = performance.now();
      if (receive === null) {
        deps.metrics.webhookReceived('not_configured', secondsSince(startedMs));
        throw new ProblemError('webhooks-not-configured', 'Set MELD_WEBHOOK_SECRETS and MELD_WEBHOOK_URL.');
      }
      const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const receipt = await receive({ rawBody, headers: request.headers });
      report(request, receipt, secondsSince(startedMs), deps);
      return toAnswer(receipt);
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

/** For counter and log. */
function report(
  request: FastifyRequest,
  receipt: MeldWebhookReceipt,
  seconds: number,
  { metrics }: RouteDeps,
): void {
  const { result, status, ...fields } = receipt;
  metrics.webhookReceived(result, seconds);
  const level = status !== 200 || result === 'unreadable' ? 'warn' : 'info';
  request.log[level]({ event: 'meld_webhook', result, ...loggable(fields) }, `webhook ${result}`);
}

function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1_000;
}

/** Temporal's message may hold more than a log should. */
function loggable({ error, ...fields }: Readonly<Record<string, unknown>>): object {
  return error === undefined ? fields : { ...fields, problem: problemFromError(error).kind };
}

function toAnswer(receipt: MeldWebhookReceipt): z.output<typeof received> {
  switch (receipt.result) {
    case 'refused':
      throw new ProblemError('invalid-signature', `${receipt.reason}.`);
    case 'unavailable':
      throw receipt.error;
    default:
      return { result: receipt.result };
  }
}
