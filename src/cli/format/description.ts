import type {
  Call,
  Progress,
  RefreshDescription,
  RefreshHandle,
  RefreshRequest,
  RefreshResult,
} from '../../client';
import { chargesOf } from '../../client/refresh-description';
import { toReadable } from '../../refresh/model/instant';
import { titled } from '../../refresh/model/progress';
import { callCount } from '../../refresh/step';
import { finalStateOf } from '../exit/exit-codes';
import { inWords } from './time';

/** Which run a request got, for programs and for people. */
export function begun({ connectionId, runId, disposition }: RefreshHandle): readonly [object, string] {
  return [{ connectionId, runId, disposition }, `${connectionId}  ${disposition}: run ${runId}`];
}

/** What it is doing right now, or phase, reason and what is waited for, as it stays until something changes. */
export function progressLine(description: RefreshDescription): string {
  const { connectionId, progress, progressUnreadable, activity } = description;
  if (activity !== undefined) return `${connectionId}  ${activity}`;
  if (progressUnreadable)
    return `${connectionId}  running: its progress cannot be read with these PAYLOAD_KEYS`;
  if (progress === null) return `${connectionId}  running: before its first step`;
  return `${connectionId}  ${titled(progress)}${instants(progress)}`;
}

/** Each instant once: a window's end may be in the reason already. */
function instants({ phase, why, waitingUntil, terms }: Progress): string {
  // A memo that an older worker wrote has no terms.
  const { deadline = null } = (terms as Partial<Progress['terms']> | undefined) ?? {};
  const isSaid = waitingUntil === deadline || why.includes(readable(waitingUntil));
  const next = waitingUntil === null || isSaid ? '' : `, next step at ${readable(waitingUntil)}`;
  return next + (deadline === null || phase === 'ended' ? '' : `, gives up at ${readable(deadline)}`);
}

const readable = (instant: string | null): string =>
  instant === null ? 'never' : toReadable(Date.parse(instant));

/** How long until what is waited for, seen from now; empty when nothing is waited for. */
export function timeLeft({ progress, activity }: RefreshDescription, nowMs: number): string {
  if (!progress?.waitingUntil || activity !== undefined) return '';
  const leftMs = Date.parse(progress.waitingUntil) - nowMs;
  return leftMs > 0 ? `next step in ${inWords(leftMs)}` : '';
}

/** Why a run waits although this request would not; `null` when it does not. */
export function waitsForOthers(
  { connectionId, progress }: RefreshDescription,
  { onRateLimit = 'wait', onRepair = 'return' }: Pick<RefreshRequest, 'onRateLimit' | 'onRepair'>,
): string | null {
  const { phase, terms } = progress ?? {};
  const window = phase === 'waiting_for_window' && onRateLimit === 'return' && terms?.onRateLimit === 'wait';
  const repair = phase === 'waiting_for_repair' && onRepair === 'return' && terms?.onRepair === 'wait';
  if (!window && !repair) return null;
  return `${connectionId}  waits because another caller of this refresh said wait, which counts for all. To wait no longer here: Ctrl-C, or --timeout.`;
}

/** One line: the connection, how it stands, and why. */
export function summaryLine(description: RefreshDescription, nowMs: number): string {
  const { connectionId, state, endedAt, progress, result, failure } = description;
  const ending = finalStateOf(description);
  const left = timeLeft(description, nowMs);
  if (ending === null) return progressLine(description) + (left === '' ? '' : ` (${left})`);
  if (state !== 'ended') {
    const charges = chargesOf(description);
    const known = charges === 0 ? 'no call is charged' : `${callCount(charges ?? 0)} may be charged`;
    const end = `it ended at ${readable(endedAt ?? null)} without a result`;
    return `${connectionId}  ${state}: ${failure ?? end}; ${charges === undefined ? 'its calls are unknown' : known}`;
  }
  const why = progress?.phase === 'ended' ? `: ${progress.why}` : '';
  const advice =
    result?.outcome === 'repair_required'
      ? `. To get the customer's link: meld-refresh repair ${connectionId}`
      : '';
  return `${connectionId}  ${ending}${why}${advice}`;
}

/** All there is to know about a run, for people. */
export function describedLines(description: RefreshDescription, nowMs: number): readonly string[] {
  const { runId, startedAt, endedAt, customerId, provider, progressUnreadable, result } = description;
  return [
    summaryLine(description, nowMs),
    `  run ${runId}, started ${startedAt}${endedAt === undefined ? '' : `, ended ${endedAt}`}`,
    ...(customerId === undefined ? [] : [`  customer ${customerId}`]),
    ...(provider === undefined ? [] : [`  provider ${provider}`]),
    ...(result === undefined ? [] : resultLines(result)),
    ...(result === undefined && progressUnreadable
      ? ["  calls unknown: this run's progress cannot be read with these PAYLOAD_KEYS"]
      : callLines(description)),
  ];
}

function resultLines({ freshSince, aggregatedAt, connection }: RefreshResult): readonly string[] {
  const reason = connection?.statusReason ? ` (${connection.statusReason})` : '';
  return [
    ...(connection === null ? [] : [`  connection ${connection.status}${reason}`]),
    `  wanted data since ${freshSince}; aggregated ${aggregatedAt.after ?? 'never, as far as is known'}`,
  ];
}

function callLines({ state, result, progress }: RefreshDescription): readonly string[] {
  const calls = result?.calls ?? progress?.ledger ?? [];
  const made = result?.calls.length ?? progress?.calls ?? 0;
  if (made === 0) return ['  no call was made'];
  // In the ledger a call under way is `unknown`, as its answer may be lost.
  const underWay = state === 'running' && progress?.phase === 'calling' ? calls.at(-1) : undefined;
  const some = calls.length > 0 ? ', the latest of them:' : '';
  return [
    // An older worker wrote no ledger, or they are too many for it.
    ...(made > calls.length ? [`  calls made: ${made}${some}`] : []),
    ...calls.map((call) => callLine(call, call === underWay ? 'waiting for the answer' : call.answer)),
  ];
}

function callLine({ sentAt, products, httpStatus, requestId, mayBeCharged }: Call, answer: string): string {
  const status = httpStatus === null ? '' : ` (${httpStatus})`;
  const request = requestId === null ? '' : `, Meld request ${requestId}`;
  const charge = mayBeCharged ? ', may be charged' : '';
  const asked = products?.join(', ') ?? 'all products';
  return `  call at ${sentAt} for ${asked}: ${answer}${status}${charge}${request}`;
}
