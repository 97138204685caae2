import { z } from 'zod';
import type { RefreshDescription } from '../../client';
import { REFRESH_STATES } from '../../client';
import type { Call, EscalationReason, Evidence, RefreshResult } from '../../refresh/model/outcome';
import { OUTCOMES } from '../../refresh/model/outcome';
import type { Phase, Progress } from '../../refresh/model/progress';
import { PRODUCTS } from '../../refresh/model/product';

// Answers go out as Temporal holds them: these schemas type and document them, and a test holds the two together.
// Objects are loose, for a run that a newer worker carried may say more.

/** Every member of a closed set: the compiler misses none. */
type AllOf<Member extends string> = { readonly [M in Member]: M };

const PHASES: AllOf<Phase> = {
  reading: 'reading',
  calling: 'calling',
  waiting_for_data: 'waiting_for_data',
  waiting_for_window: 'waiting_for_window',
  waiting_to_call: 'waiting_to_call',
  waiting_for_status: 'waiting_for_status',
  waiting_for_repair: 'waiting_for_repair',
  ended: 'ended',
};

const ANSWERS: AllOf<Call['answer']> = {
  accepted: 'accepted',
  conflict: 'conflict',
  rate_limited: 'rate_limited',
  server_error: 'server_error',
  unknown: 'unknown',
  rejected: 'rejected',
  not_found: 'not_found',
};

const REASONS: AllOf<EscalationReason> = {
  no_fresh_data: 'no_fresh_data',
  provider_unavailable: 'provider_unavailable',
  access_denied: 'access_denied',
  request_rejected: 'request_rejected',
  charge_limit: 'charge_limit',
  meld_unavailable: 'meld_unavailable',
  deadline: 'deadline',
  connection_degraded: 'connection_degraded',
  connection_undetermined: 'connection_undetermined',
};

const instant = z.string().meta({ format: 'date-time' });

const progress: z.ZodType<Progress> = z
  .looseObject({
    phase: z.enum(PHASES),
    why: z.string().meta({ description: 'One sentence for people.' }),
    waitingUntil: instant.nullable(),
    calls: z.int().meta({ description: 'POSTs made to Meld so far.' }),
    nextAllowedAt: instant.nullable().meta({ description: 'End of the provider’s window that was met.' }),
    connectionProducts: z.array(z.string()).nullable(),
  })
  .meta({ id: 'Progress' });

const call: z.ZodType<Call> = z
  .looseObject({
    sentAt: instant,
    products: z.array(z.enum(PRODUCTS)).nullable(),
    answer: z.enum(ANSWERS),
    httpStatus: z.int().nullable(),
    requestId: z.string().nullable(),
  })
  .meta({ id: 'Call' });

const evidence: z.ZodType<Evidence> = z
  .discriminatedUnion('by', [
    z.looseObject({ by: z.literal('event'), eventId: z.string(), occurredAt: instant }),
    z.looseObject({ by: z.literal('successfullyAggregatedAt'), aggregatedAt: instant }),
  ])
  .meta({ id: 'Evidence' });

const ended = z.looseObject({
  connectionId: z.string(),
  requestedAt: instant,
  freshSince: instant,
  finishedAt: instant,
  connection: z
    .looseObject({
      status: z.string(),
      statusReason: z.string().nullable(),
      serviceProvider: z.string().nullable(),
      institutionName: z.string().nullable(),
    })
    .nullable(),
  aggregatedAt: z.looseObject({ before: instant.nullable(), after: instant.nullable() }),
  evidence: z.record(z.string(), evidence),
  calls: z.array(call).meta({ description: 'The charge ledger: every POST to Meld, in order.' }),
});

/** How a refresh ended, by `outcome`. */
const refreshResult: z.ZodType<RefreshResult> = z
  .discriminatedUnion('outcome', [
    ended.extend({ outcome: z.literal('refreshed') }),
    ended.extend({ outcome: z.literal('already_fresh') }),
    ended.extend({ outcome: z.literal('repair_required'), reason: z.string(), message: z.string() }),
    ended.extend({ outcome: z.literal('not_refreshable'), reason: z.string() }),
    ended.extend({ outcome: z.literal('not_found') }),
    ended.extend({ outcome: z.literal('rate_limited'), nextAllowedAt: instant }),
    ended.extend({
      outcome: z.literal('escalated'),
      reason: z.enum(REASONS),
      message: z.string(),
    }),
  ])
  .meta({ id: 'RefreshResult' });

const running = {
  connectionId: z.string(),
  runId: z.string(),
  state: z
    .enum(REFRESH_STATES)
    .meta({ description: '`ended` has a result; `canceled` and `failed` have none.' }),
  progress: progress.nullable().meta({ description: '`null` before the run’s first step.' }),
  startedAt: instant.exactOptional(),
  endedAt: instant.exactOptional(),
};

/** One run, as every answer about one shows it. */
export const refresh = z
  .object({ ...running, result: refreshResult.exactOptional() })
  .meta({ id: 'Refresh' });

/** One run in a list: what can be filtered by, in place of the result. */
export const listedRefresh = z
  .object({
    ...running,
    outcome: z.enum(OUTCOMES).exactOptional(),
    customerId: z.string().exactOptional(),
    provider: z.string().exactOptional(),
  })
  .meta({ id: 'ListedRefresh' });

export function toRefresh(run: RefreshDescription): z.output<typeof refresh> {
  return { ...toRunning(run), ...(run.result === undefined ? {} : { result: run.result }) };
}

export function toListedRefresh(run: RefreshDescription): z.output<typeof listedRefresh> {
  return {
    ...toRunning(run),
    ...(run.outcome === undefined ? {} : { outcome: run.outcome }),
    ...(run.customerId === undefined ? {} : { customerId: run.customerId }),
    ...(run.provider === undefined ? {} : { provider: run.provider }),
  };
}

function toRunning({ connectionId, runId, state, progress, startedAt, endedAt }: RefreshDescription) {
  return {
    connectionId,
    runId,
    state,
    progress,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
  };
}
