import type { Delivery } from '../../src/simulator/webhooks/outbox';
import { grouped } from './grouped';
import type { RunRecord, SignalRecord } from './run-records';

export interface WebhooksCheck {
  /** Deliveries of events that a refresh waits for, answered 200; a copy counts as one of its own. */
  readonly acknowledged: number;
  readonly inHistories: number;
  /** No run was open at some moment of the delivery, by the times of starts and ends in the histories. */
  readonly withoutOpenRun: number;
  /** Acknowledged while a run was open throughout, and in no history. One sentence each. */
  readonly missing: readonly string[];
  /** Deliveries that are neither acknowledged, nor dropped by plan, nor given up by Meld. */
  readonly pending: number;
}

export interface WebhookRecords {
  readonly deliveries: readonly Delivery[];
  readonly runs: readonly RunRecord[];
  /** When the server said of an event that no refresh was open for it, by event id: its log. */
  readonly nobodyAtMs: ReadonlyMap<string, readonly number[]>;
  /** How long the simulator waits for an answer. */
  readonly answeredWithinMs: number;
}

const WAITED_FOR = new Set([
  'BANK_LINKING_ACCOUNTS_UPDATED',
  'BANK_LINKING_TRANSACTIONS_AGGREGATED',
  'BANK_LINKING_CONNECTION_STATUS_CHANGE',
  'BANK_LINKING_CONNECTION_DELETED',
]);

/** 200 ms: the clocks of one machine, read by processes that wait for a processor. */
const SLACK_MS = 200;

/** Every delivery that was answered 200 while a run was open must be a signal in that run's history. */
export function checkWebhooks(question: WebhookRecords): WebhooksCheck {
  const { deliveries, runs, nobodyAtMs, answeredWithinMs } = question;
  const runsOf = grouped(runs, ({ connectionId }) => connectionId);
  const signalsOf = new Map<string, SignalRecord[]>();
  for (const signal of runs.flatMap(({ signals }) => signals)) {
    signalsOf.set(signal.id, [...(signalsOf.get(signal.id) ?? []), signal]);
  }
  const relevant = deliveries.filter(({ event }) => WAITED_FOR.has(event.eventType));
  const acknowledged = relevant.flatMap(({ event, connectionId, attempts, state }) => {
    const last = attempts.at(-1);
    if (state !== 'delivered' || last === undefined) return [];
    return [{ event, connectionId: connectionId ?? '', sentAtMs: Date.parse(last.at) }];
  });

  let inHistories = 0;
  let withoutOpenRun = 0;
  const missing: string[] = [];
  for (const { event, connectionId, sentAtMs } of acknowledged.sort((a, b) => a.sentAtMs - b.sentAtMs)) {
    const byMs = sentAtMs + answeredWithinMs + SLACK_MS;
    const signals = signalsOf.get(event.eventId) ?? [];
    const own = signals.findIndex(({ atMs }) => atMs >= sentAtMs - SLACK_MS && atMs <= byMs);
    if (own >= 0) {
      signals.splice(own, 1);
      inHistories += 1;
      continue;
    }
    const saidAtMs = nobodyAtMs.get(event.eventId)?.find((atMs) => atMs >= sentAtMs - 1 && atMs <= byMs);
    if (openThroughout(runsOf.get(connectionId) ?? [], sentAtMs, saidAtMs ?? byMs)) {
      const when = new Date(sentAtMs).toISOString();
      missing.push(`${event.eventType} ${event.eventId} of ${connectionId}, answered 200, sent at ${when}`);
    } else withoutOpenRun += 1;
  }
  return {
    acknowledged: acknowledged.length,
    inHistories,
    withoutOpenRun,
    missing,
    pending: relevant.filter(({ state }) => state === 'pending').length,
  };
}

/** Whether there was no moment between the two at which no run of the connection was open. */
function openThroughout(runs: readonly RunRecord[], fromMs: number, untilMs: number): boolean {
  let coveredMs: number | null = null;
  for (const { startedAtMs, closedAtMs } of runs) {
    const endMs = closedAtMs ?? Infinity;
    if (endMs < fromMs) continue;
    if (startedAtMs > (coveredMs ?? fromMs)) break;
    coveredMs = Math.max(coveredMs ?? fromMs, endMs);
  }
  return coveredMs !== null && coveredMs >= untilMs;
}
