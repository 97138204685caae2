import type { Call, RefreshDescription, RefreshResult } from '../../client';
import { finalStateOf } from '../exit/final-state';
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
  const { runId, startedAt, endedAt, customerId, provider, progress, progressUnreadable, result } =
    description;
  return [
    summaryLine(description, nowMs),
    `  run ${runId}, started ${startedAt}${endedAt === undefined ? '' : `, ended ${endedAt}`}`,
    ...(customerId === undefined ? [] : [`  customer ${customerId}`]),
    ...(provider === undefined ? [] : [`  provider ${provider}`]),
    ...(result === undefined ? [] : resultLines(result)),
    ...(result === undefined && progressUnreadable
      ? ["  calls unknown: this run's progress cannot be read with these PAYLOAD_KEYS"]
      : callLines(result?.calls ?? progress?.ledger ?? [], result?.calls.length ?? progress?.calls ?? 0)),
  ];
}

function resultLines({ freshSince, aggregatedAt, connection }: RefreshResult): readonly string[] {
  const reason = connection?.statusReason ? ` (${connection.statusReason})` : '';
  return [
    ...(connection === null ? [] : [`  connection ${connection.status}${reason}`]),
    `  wanted data since ${freshSince}; aggregated ${aggregatedAt.after ?? 'never, as far as is known'}`,
  ];
}

/** @param made more than `calls` has, where an older worker wrote no ledger, or they are too many for it */
function callLines(calls: readonly Call[], made: number): readonly string[] {
  if (made === 0) return ['  no call was made'];
  const some = calls.length > 0 ? ', the latest of them:' : '';
  return [...(made > calls.length ? [`  calls made: ${made}${some}`] : []), ...calls.map(callLine)];
}

function callLine({ sentAt, products, answer, httpStatus, requestId, mayBeCharged }: Call): string {
  const status = httpStatus === null ? '' : ` (${httpStatus})`;
  const request = requestId === null ? '' : `, Meld request ${requestId}`;
  const charge = mayBeCharged ? ', may be charged' : '';
  const asked = products?.join(', ') ?? 'all products';
  return `  call at ${sentAt} for ${asked}: ${answer}${status}${charge}${request}`;
}
