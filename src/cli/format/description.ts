import type { Call, RefreshDescription, RefreshResult } from '../../client';
import { finalStateOf } from '../final-state';
import { progressLine, timeLeft } from './progress';

/** One line: the connection, how it stands, and why. */
export function summaryLine(description: RefreshDescription, nowMs: number): string {
  const { connectionId, state, progress, result, failure } = description;
  const ending = finalStateOf(description);
  const left = timeLeft(description, nowMs);
  if (ending === null) return progressLine(description) + (left === '' ? '' : ` (${left})`);
  if (state !== 'ended') return `${connectionId}  ${state}: ${failure ?? 'the run has no result'}`;
  const why = progress?.phase === 'ended' ? `: ${progress.why}` : '';
  return `${connectionId}  ${ending}${why}${result === undefined ? '' : advice(result)}`;
}

/** What to do next, when there is something to do. */
function advice(result: RefreshResult): string {
  return result.outcome === 'repair_required'
    ? `. To get the customer's link: meld-refresh repair ${result.connectionId}`
    : '';
}

/** All there is to know about a run, for people. */
export function describedLines(description: RefreshDescription, nowMs: number): readonly string[] {
  const { runId, startedAt, endedAt, customerId, provider, progress, result } = description;
  return [
    summaryLine(description, nowMs),
    `  run ${runId}, started ${startedAt}${endedAt === undefined ? '' : `, ended ${endedAt}`}`,
    ...(customerId === undefined ? [] : [`  customer ${customerId}`]),
    ...(provider === undefined ? [] : [`  provider ${provider}`]),
    ...(result === undefined ? [`  calls made: ${progress?.calls ?? 0}`] : resultLines(result)),
  ];
}

function resultLines({ freshSince, aggregatedAt, connection, calls }: RefreshResult): readonly string[] {
  const reason = connection?.statusReason ? ` (${connection.statusReason})` : '';
  return [
    ...(connection === null ? [] : [`  connection ${connection.status}${reason}`]),
    `  wanted data since ${freshSince}; aggregated ${aggregatedAt.after ?? 'never, as far as is known'}`,
    ...(calls.length === 0 ? ['  no call was made'] : calls.map(callLine)),
  ];
}

function callLine({ sentAt, products, answer, httpStatus, requestId }: Call): string {
  const status = httpStatus === null ? '' : ` (${httpStatus})`;
  const request = requestId === null ? '' : `, Meld request ${requestId}`;
  return `  call at ${sentAt} for ${products?.join(', ') ?? 'all products'}: ${answer}${status}${request}`;
}
