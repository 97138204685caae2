import { needsOf, prove } from './freshness';
import { toInstant } from './instant';
import { productsHad } from './record-join';
import type { Evidence, RefreshResult } from './outcome';
import type { Phase, Progress } from './progress';
import type { Step } from './step';
import type { MadeCall, RefreshState } from './state';
import { windowEndMs } from './windows';

/** Where the run is while it carries out `step`: the memo that `describe` shows. */
export function tellProgress(state: RefreshState, step: Step): Progress {
  const endMs = windowEndMs(state);
  return {
    phase: phaseOf(step),
    why: step.step === 'finish' ? endingOf(step.result) : step.why,
    waitingUntil: step.step === 'wait' ? toInstant(step.untilMs) : null,
    calls: state.calls.length,
    nextAllowedAt: endMs === null ? null : toInstant(endMs),
    connectionProducts: state.connection === null ? null : productsHad(state.connection),
  };
}

/** The same for people, as Markdown: what is going on, what is proven, what was paid for. */
export function tellDetails(state: RefreshState, step: Step): string {
  const progress = tellProgress(state, step);
  const { connection } = state;
  const proof = prove(needsOf(state), state);
  const lines = [
    `**${PHASE_TITLES[progress.phase]}**: ${progress.why}`,
    '',
    `- Connection: \`${state.connectionId}\`${connection === null ? '' : ` at ${connectionInWords(connection)}`}`,
    `- Wanted: data since ${toInstant(state.terms.freshSinceMs)}, by ${toInstant(state.terms.deadlineMs)}`,
    `- Next wake-up: ${progress.waitingUntil ?? (step.step === 'finish' ? 'none, it has ended' : 'as soon as Meld answers')}`,
    `- Data: ${dataInWords(state)}`,
    '',
    '| product | evidence |',
    '|---|---|',
    ...needsOf(state).products.map(
      (product) => `| ${product} | ${evidenceInWords(proof.evidence[product])} |`,
    ),
    '',
    ...ledger(state.calls),
  ];
  return lines.join('\n');
}

const PHASE_TITLES: Readonly<Record<Phase, string>> = {
  reading: 'Reading the connection',
  calling: 'Asking Meld for a refresh',
  waiting_for_data: 'Waiting for data',
  waiting_for_window: "Waiting for the provider's window to end",
  waiting_to_call: 'Waiting before the next call',
  waiting_for_status: "Waiting for the connection's status",
  waiting_for_repair: "Waiting for the customer's repair",
  ended: 'Ended',
};

function phaseOf(step: Step): Phase {
  switch (step.step) {
    case 'read':
      return 'reading';
    case 'call':
      return 'calling';
    case 'wait':
      return step.phase;
    case 'finish':
      return 'ended';
  }
}

function endingOf(result: RefreshResult): string {
  switch (result.outcome) {
    case 'refreshed':
      return `refreshed with ${result.calls.length} ${result.calls.length === 1 ? 'call' : 'calls'}`;
    case 'already_fresh':
      return 'the data was fresh without a call';
    case 'repair_required':
      return `the customer must repair the connection first (${result.reason})`;
    case 'not_refreshable':
      return `the connection cannot be refreshed (${result.reason})`;
    case 'not_found':
      return 'Meld does not know the connection: check the id and the environment';
    case 'rate_limited':
      return `the provider allows the next call at ${result.nextAllowedAt}`;
    case 'escalated':
      return result.message;
  }
}

function connectionInWords(connection: NonNullable<RefreshState['connection']>): string {
  const { institutionName, serviceProvider, status, statusReason } = connection;
  const place = [institutionName, serviceProvider && `through ${serviceProvider}`].filter(Boolean).join(' ');
  return `${place || 'an unnamed institution'}, ${status}${statusReason === null ? '' : ` (${statusReason})`}`;
}

function dataInWords({ aggregation, aggregatedBeforeMs }: RefreshState): string {
  if (aggregation === null) return 'never aggregated, as far as is known';
  const last = `last aggregated ${toInstant(aggregation.atMs)}`;
  if (aggregation.atMs === aggregatedBeforeMs) return last;
  const before = aggregatedBeforeMs === null ? 'never' : toInstant(aggregatedBeforeMs);
  return `${last}, before this refresh ${before}`;
}

function evidenceInWords(evidence: Evidence | undefined): string {
  if (evidence === undefined) return 'none yet';
  return evidence.by === 'event'
    ? `event \`${evidence.eventId}\` of ${evidence.occurredAt}`
    : `aggregated ${evidence.aggregatedAt}`;
}

function ledger(calls: readonly MadeCall[]): readonly string[] {
  if (calls.length === 0) return ['No call was made.'];
  return [
    '| call sent | products | answer | Meld request |',
    '|---|---|---|---|',
    ...calls.map(
      ({ sentAtMs, products, answer, httpStatus, requestId }) =>
        `| ${toInstant(sentAtMs)} | ${products?.join(', ') ?? 'all'} | ${answer}${httpStatus === null ? '' : ` (${httpStatus})`} | ${requestId ?? '–'} |`,
    ),
  ];
}
