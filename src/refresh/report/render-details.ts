import { toProgress } from './describe-progress';
import { findEvidence, mayBeCharged, needsOf } from '../freshness';
import type { Connection } from '../model/connection';
import { toReadable } from '../model/instant';
import type { Evidence, Verdict } from '../model/outcome';
import { PHASE_TITLES, type Progress } from '../model/progress';
import type { ConnectionState, MadeCall, RefreshState } from '../state';
import { isPoll, type Step } from '../step';

/**
 * Where the run is, for people, as Markdown: what is going on, what is proven, what was paid for.
 * @param notes signals that could not be read as they came
 */
export function renderDetails(
  state: RefreshState,
  step: Step | 'canceled',
  nowMs: number,
  notes: readonly string[] = [],
): string {
  const { connection, terms, calls } = state;
  const isOver = step === 'canceled' || step.step === 'finish';
  const needs = needsOf(state);
  const { evidence } = findEvidence(needs, state, nowMs);
  return [
    step === 'canceled' ? '**Canceled**: by request' : headline(step, toProgress(state, step, nowMs)),
    '',
    `- Connection: ${code(state.connectionId)}${connection.latest === null ? '' : `, ${plain(connectionInWords(connection.latest))}`}`,
    `- Wanted: data since ${toReadable(terms.freshSinceMs)}, by ${toReadable(terms.deadlineMs)}`,
    `- Data: ${dataInWords(connection)}`,
    ...(isOver ? [] : [`- Next wake-up: ${wakeUpInWords(step)}`]),
    '',
    '**Evidence**',
    '',
    ...needs.products.map(
      (product) => `- ${plain(product)}: ${evidenceInWords(evidence.get(product), isOver)}`,
    ),
    '',
    '**Calls**',
    '',
    ...(calls.made.length === 0 && calls.pending === null ? ['None was made.'] : calls.made.map(callInWords)),
    ...(calls.pending === null ? [] : [`1. ${toReadable(calls.pending.sentAtMs)}: waiting for the answer`]),
    ...(notes.length === 0
      ? []
      : ['', '**Signals not understood**', '', ...notes.map((note) => `- ${plain(note)}`)]),
  ].join('\n');
}

/** The same for a run that fails on its input. */
export const renderFailure = (message: string): string => `**Failed**: ${plain(message)}`;

function headline(step: Step, { phase, why }: Progress): string {
  const title = step.step === 'finish' ? endInWords(step.result) : PHASE_TITLES[phase];
  return `**${title.charAt(0).toUpperCase()}${title.slice(1)}**: ${plain(why)}`;
}

function endInWords(result: Verdict): string {
  return result.outcome === 'escalated' ? `Escalated (${result.reason})` : `Ended (${result.outcome})`;
}

function connectionInWords(connection: Connection): string {
  const { institutionName, serviceProvider, status, statusReason } = connection;
  const place = [institutionName, serviceProvider && `through ${serviceProvider}`].filter(Boolean).join(' ');
  return `${place || 'an unnamed institution'}, ${status}${statusReason === null ? '' : ` (${statusReason})`}`;
}

function dataInWords({ aggregation, aggregatedBeforeMs }: ConnectionState): string {
  if (aggregation === null) return 'never aggregated, as far as is known';
  const last = `last aggregated ${toReadable(aggregation.atMs)}`;
  if (aggregation.atMs === aggregatedBeforeMs) return last;
  const before = aggregatedBeforeMs === null ? 'never' : toReadable(aggregatedBeforeMs);
  return `${last}, before this refresh ${before}`;
}

function wakeUpInWords(step: Step): string {
  return step.step === 'wait' || isPoll(step) ? toReadable(step.untilMs) : 'as soon as Meld answers';
}

function evidenceInWords(evidence: Evidence | undefined, isOver: boolean): string {
  if (evidence === undefined) return isOver ? 'none' : 'none yet';
  return evidence.by === 'event'
    ? `event ${code(evidence.eventId)} of ${toReadable(Date.parse(evidence.occurredAt))}`
    : `aggregated ${toReadable(Date.parse(evidence.aggregatedAt))}`;
}

function callInWords(call: MadeCall): string {
  const { products, answer, httpStatus, requestId } = call;
  const asked = products?.join(', ') ?? 'all products';
  const answered = `${answer}${httpStatus === null ? '' : ` (${httpStatus})`}`;
  const request = requestId === null ? '' : `, Meld request ${code(requestId)}`;
  const charge = mayBeCharged(call) ? ', may be charged' : '';
  return `1. ${toReadable(call.sentAtMs)}, ${asked}: ${answered}${charge}${request}`;
}

/** Words of Meld's, kept from being read as Markdown or HTML. */
function plain(text: string): string {
  return text.replace(/[`*_|<>[\]\\]/g, (mark) => `\\${mark}`).replace(/\s+/g, ' ');
}

function code(text: string): string {
  return `\`${text.replace(/[`\s]+/g, ' ')}\``;
}
