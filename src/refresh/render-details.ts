import { needsOf, findEvidence } from './freshness';
import { toInstant, toReadable } from './model/instant';
import { availableProducts } from './record-join';
import type { Evidence, RefreshResult } from './model/outcome';
import type { Phase, Progress } from './model/progress';
import type { Step } from './step';
import type { MadeCall, RefreshState } from './state';
import { callAllowedAtMs } from './rate-limit';

/** Where the run is while it carries out `step`: the memo that `describe` shows. */
export function toProgress(state: RefreshState, step: Step): Progress {
  const endMs = callAllowedAtMs(state);
  return {
    phase: phaseOf(step),
    why: step.step === 'finish' ? endingOf(step.result) : step.why,
    waitingUntil: step.step === 'wait' ? toInstant(step.untilMs) : null,
    calls: state.calls.length,
    nextAllowedAt: endMs === null ? null : toInstant(endMs),
    connectionProducts: state.connection === null ? null : availableProducts(state.connection),
  };
}

/** The same for people, as Markdown: what is going on, what is proven, what was paid for. */
export function renderDetails(state: RefreshState, step: Step): string {
  const { phase, why } = toProgress(state, step);
  const { connection, terms } = state;
  const needs = needsOf(state);
  const { evidence } = findEvidence(needs, state);
  return [
    `**${PHASE_TITLES[phase]}**: ${plain(why)}`,
    '',
    `- Connection: ${code(state.connectionId)}${connection === null ? '' : `, ${plain(connectionInWords(connection))}`}`,
    `- Wanted: data since ${toReadable(terms.freshSinceMs)}, by ${toReadable(terms.deadlineMs)}`,
    `- Data: ${dataInWords(state)}`,
    `- Next wake-up: ${wakeUpInWords(step)}`,
    '',
    '**Evidence**',
    '',
    ...needs.products.map((product) => `- ${plain(product)}: ${evidenceInWords(evidence[product])}`),
    '',
    '**Calls**',
    '',
    ...(state.calls.length === 0 ? ['None was made.'] : state.calls.map(callInWords)),
  ].join('\n');
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
      return `the provider allows the next call at ${toReadable(Date.parse(result.nextAllowedAt))}`;
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
  const last = `last aggregated ${toReadable(aggregation.atMs)}`;
  if (aggregation.atMs === aggregatedBeforeMs) return last;
  const before = aggregatedBeforeMs === null ? 'never' : toReadable(aggregatedBeforeMs);
  return `${last}, before this refresh ${before}`;
}

function wakeUpInWords(step: Step): string {
  if (step.step === 'wait') return toReadable(step.untilMs);
  return step.step === 'finish' ? 'none, it has ended' : 'as soon as Meld answers';
}

function evidenceInWords(evidence: Evidence | undefined): string {
  if (evidence === undefined) return 'none yet';
  return evidence.by === 'event'
    ? `event ${code(evidence.eventId)} of ${toReadable(Date.parse(evidence.occurredAt))}`
    : `aggregated ${toReadable(Date.parse(evidence.aggregatedAt))}`;
}

function callInWords({ sentAtMs, products, answer, httpStatus, requestId }: MadeCall): string {
  const asked = products?.join(', ') ?? 'all products';
  const answered = `${answer}${httpStatus === null ? '' : ` (${httpStatus})`}`;
  const request = requestId === null ? '' : `, Meld request ${code(requestId)}`;
  return `1. ${toReadable(sentAtMs)}, ${asked}: ${answered}${request}`;
}

/** Words of Meld's, kept from being read as Markdown or HTML. */
function plain(text: string): string {
  return text.replace(/[`*_|<>[\]\\]/g, (mark) => `\\${mark}`).replace(/\s+/g, ' ');
}

function code(text: string): string {
  return `\`${text.replace(/[`\s]+/g, ' ')}\``;
}
