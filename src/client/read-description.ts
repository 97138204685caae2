import { defaultPayloadConverter, type Client, type RawWorkflowExecutionInfo } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { optionalTsToMs } from '@temporalio/common/lib/time';
import { isObject } from '../refresh/input/checks';
import { parseMemory } from '../refresh/input/parse-memory';
import { OUTCOMES } from '../refresh/model/outcome';
import { toInstant } from '../refresh/model/instant';
import { boundByClose } from '../refresh/remembered-calls';
import { MEMORY_MEMO, PROGRESS_MEMO, searchAttributes } from '../workflows/messages';
import type { Memory, Progress } from '../refresh/model/progress';
import type { RefreshDescription, RefreshState } from './refresh-description';
import { connectionIdOf } from './ids';

/** Temporal's WorkflowExecutionStatus numbers; whatever is missing here (running, paused, …) still has its end to come. */
const CLOSED: ReadonlyMap<number, RefreshState> = new Map([
  [2, 'ended'], // COMPLETED
  [3, 'failed'], // FAILED
  [4, 'canceled'], // CANCELED
  [5, 'failed'], // TERMINATED
  [7, 'failed'], // TIMED_OUT
]);

export function stateOf(status: number | null | undefined): RefreshState {
  return CLOSED.get(status ?? 0) ?? 'running';
}

/** A run as `describe` and visibility know it: all but the result. */
export async function readDescription(
  client: Client,
  raw: RawWorkflowExecutionInfo,
): Promise<RefreshDescription> {
  const outcome = OUTCOMES.find((known) => known === attribute(raw, searchAttributes.outcome.name));
  const customerId = attribute(raw, searchAttributes.customerId.name);
  const provider = attribute(raw, searchAttributes.provider.name);
  const memo = await readMemo(client, raw, PROGRESS_MEMO);
  const progress = isProgress(memo) ? memo : null;
  const isUnreadable = progress === null && raw.memo?.fields?.[PROGRESS_MEMO] !== undefined;
  return {
    connectionId: connectionIdOf(raw.execution?.workflowId ?? ''),
    runId: raw.execution?.runId ?? '',
    state: stateOf(raw.status),
    progress,
    ...(isUnreadable && { progressUnreadable: true }),
    ...(outcome !== undefined && { outcome }),
    ...(customerId !== undefined && { customerId }),
    ...(provider !== undefined && { provider }),
    startedAt: instant(raw.startTime) ?? '',
    ...(raw.closeTime && { endedAt: instant(raw.closeTime) ?? '' }),
  };
}

/** What the run leaves to the next one: its own progress has it, or the start did, as long as there is none. */
export async function readMemory(client: Client, raw: RawWorkflowExecutionInfo): Promise<Memory> {
  const progress = await readMemo(client, raw, PROGRESS_MEMO);
  const memory = parseMemory(isObject(progress) ? progress : await readMemo(client, raw, MEMORY_MEMO));
  const idempotencyKeys = memory.idempotencyKeys.map((entry) => ({
    ...entry,
    runId: entry.runId ?? raw.execution?.runId ?? '',
  }));
  const lastCall = boundByClose(memory.lastCall, optionalTsToMs(raw.closeTime));
  return { ...memory, lastCall, idempotencyKeys };
}

/** An unreadable memo (its key was removed) is no memory: it must not stand in the way of a start, a cancel or a list. */
async function readMemo(client: Client, raw: RawWorkflowExecutionInfo, name: string): Promise<unknown> {
  try {
    return await decodePayload(client, raw.memo?.fields?.[name]);
  } catch {
    return undefined;
  }
}

export async function decodePayload(client: Client, payload: Payload | null | undefined): Promise<unknown> {
  if (!payload) return undefined;
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  let payloads = [payload];
  for (const codec of [...payloadCodecs].reverse()) payloads = await codec.decode(payloads);
  const [decoded] = payloads;
  return decoded && payloadConverter.fromPayload(decoded);
}

/** Search attributes never pass a codec: Temporal itself reads them. */
function attribute(raw: RawWorkflowExecutionInfo, name: string): string | undefined {
  const payload = raw.searchAttributes?.indexedFields?.[name];
  if (!payload) return undefined;
  const value: unknown = defaultPayloadConverter.fromPayload(payload);
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first : undefined;
}

function instant(time: RawWorkflowExecutionInfo['startTime']): string | undefined {
  const ms = optionalTsToMs(time);
  return ms === undefined ? undefined : toInstant(ms);
}

/** A phase that a newer worker names passes as it came: the window memory beside it must not be lost. */
function isProgress(value: unknown): value is Progress {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Partial<Record<keyof Progress, unknown>> = value;
  return (
    typeof fields.phase === 'string' &&
    typeof fields.why === 'string' &&
    isTextOrNull(fields.waitingUntil) &&
    typeof fields.calls === 'number' &&
    isTextOrNull(fields.nextAllowedAt) &&
    (fields.connectionProducts === null ||
      (Array.isArray(fields.connectionProducts) &&
        fields.connectionProducts.every((item) => typeof item === 'string'))) &&
    isObject(fields.terms) &&
    Array.isArray(fields.terms['products'])
  );
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}
