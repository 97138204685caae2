import { Context, log } from '@temporalio/activity';
import { isGrpcDeadlineError, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { Webhook } from 'standardwebhooks';
import { request } from 'undici';
import type { OutcomeMessage, OutcomeNotice, RefreshResult } from '../refresh/model/outcome';
import { parseRetryAfter } from '../meld/http/retry-after';
import type { Activities } from './activities';
import { errorMessage } from '../lib/error-message';

/** Where outcomes are delivered, and the secret that the receiver knows; Standard Webhooks form, `whsec_…`. */
export interface OutcomeWebhook {
  readonly url: string;
  readonly secret: string;
}

/** The type of the failure that Temporal retries. */
export const OUTCOME_NOT_TAKEN = 'OutcomeNotTaken';

/** 15 s: receivers are asked to answer first and to work afterwards. */
const ANSWER_WITHIN_MS = 15_000;
/** 10 s: the run ends right after it has started the delivery, unless news came in between. */
const WAIT_MS = 10_000;

export const makeReadOutcome =
  (resultOf = resultOfRun): Activities['readOutcome'] =>
  async ({ workflowId, runId, customerId, finishedAt, canceled }) => {
    if (canceled !== undefined) return { runId, customerId, result: { ...canceled, outcome: 'canceled' } };
    const result = await resultOf(workflowId, runId);
    const isTheOne = finishedAt === undefined || result?.finishedAt === finishedAt;
    if (result !== null && isTheOne) return { runId, customerId, result };
    log.info('outcome_not_delivered', { refreshRunId: runId, outcome: result?.outcome ?? null });
    return null;
  };

/**
 * The result of a run that is just ending; `null` when it has none: canceled, terminated, or failed.
 * Throws a retryable, benign `ApplicationFailure` when it goes on for longer than 10 s.
 */
async function resultOfRun(workflowId: string, runId: string): Promise<RefreshResult | null> {
  const { client } = Context.current();
  try {
    return await client.withDeadline(Date.now() + WAIT_MS, () =>
      client.workflow.result<() => Promise<RefreshResult>>(workflowId, runId),
    );
  } catch (error) {
    if (error instanceof WorkflowFailedError) return null;
    if (!isGrpcDeadlineError(error)) throw error;
    throw ApplicationFailure.create({
      message: `Run ${runId} of ${workflowId} has not ended yet.`,
      type: 'RefreshNotEnded',
      category: ApplicationFailureCategory.BENIGN,
    });
  }
}

export const makeDeliverOutcome =
  (webhook: OutcomeWebhook | undefined, now: () => number): Activities['deliverOutcome'] =>
  async (notice) => {
    if (webhook === undefined) {
      throw ApplicationFailure.nonRetryable(
        'OUTCOME_WEBHOOK_URL and OUTCOME_WEBHOOK_SECRET are not set on this worker: set them, then reset this run.',
        'OutcomeWebhookMissing',
      );
    }
    const status = await post(webhook, notice, now());
    const { runId, result } = notice;
    log.info('outcome_delivered', { refreshRunId: runId, outcome: result.outcome, status });
  };

async function post({ url, secret }: OutcomeWebhook, notice: OutcomeNotice, nowMs: number): Promise<number> {
  const { runId, customerId, result } = notice;
  const message: OutcomeMessage = {
    type: `refresh.${result.outcome}`,
    timestamp: result.finishedAt,
    data: { runId, customerId, ...result },
  };
  const body = JSON.stringify(message);
  // The same id in every attempt: the receiver knows a notice that it has seen.
  const id = `refresh_${runId}`;
  const sentAt = new Date(nowMs);
  let reply;
  try {
    reply = await request(url, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(nowMs / 1000)),
        'webhook-signature': new Webhook(secret).sign(id, sentAt, body),
      },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    await reply.body.dump();
  } catch (error) {
    throw notTaken(`The outcome webhook did not answer: ${errorMessage(error)}`);
  }
  const { statusCode, headers } = reply;
  if (statusCode >= 200 && statusCode < 300) return statusCode;
  throw notTaken(
    `The outcome webhook answered ${statusCode}, expected 2xx.`,
    parseRetryAfter(headers['retry-after'], nowMs),
  );
}

function notTaken(message: string, retryAfterMs: number | null = null): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: OUTCOME_NOT_TAKEN,
    category: ApplicationFailureCategory.BENIGN,
    ...(retryAfterMs !== null && retryAfterMs > 0 && { nextRetryDelay: retryAfterMs }),
  });
}
