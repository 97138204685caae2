import { z } from 'zod';
import { type RefreshDescription, REFRESH_STATES } from '../../client';
import { chargesOf } from '../../client/refresh-description';
import {
  type Call,
  type Evidence,
  type LastCall,
  type RefreshResult,
  ANSWERS,
  ESCALATIONS,
  OUTCOMES,
} from '../../refresh/model/outcome';
import { PHASES, type Progress } from '../../refresh/model/progress';
import { PRODUCTS } from '../../refresh/model/product';
import { ON_RATE_LIMIT, ON_REPAIR, PRIORITIES } from '../../refresh/model/request';

// Answers go out as Temporal holds them: these schemas type and document them, and a test holds the two together.
// Objects are loose, for a run that a newer worker carried may say more.

const instant = z.string().meta({ format: 'date-time' });

const earlierCall = z.looseObject({
  sentAt: instant,
  leftBy: instant.exactOptional(),
  products: z.array(z.enum(PRODUCTS)).nullable(),
  aggregatedBefore: instant.nullable(),
  delivered: z.literal(true).exactOptional(),
});
const lastCall: z.ZodType<LastCall> = earlierCall.extend({
  earlier: z.array(earlierCall).exactOptional(),
});

const call: z.ZodType<Call> = z
  .looseObject({
    sentAt: instant,
    products: z.array(z.string()).nullable(),
    answer: z.enum(ANSWERS),
    httpStatus: z.int().nullable(),
    requestId: z.string().nullable(),
    mayBeCharged: z.boolean(),
  })
  .meta({ id: 'Call' });

/** What of a run's progress callers are shown: whatever they gave as idempotency keys stays between them and us. */
type ShownProgress = Omit<Progress, 'idempotencyKeys'>;

const progress: z.ZodType<ShownProgress> = z
  .looseObject({
    phase: z.enum(PHASES),
    why: z.string().meta({ description: 'The reason of the phase, for people.' }),
    waitingUntil: instant.nullable(),
    calls: z.int().meta({ description: 'POSTs made to Meld so far.' }),
    ledger: z
      .array(call)
      .meta({
        description:
          'The charge ledger so far, of the latest 50 POSTs: what a `canceled` or `failed` run leaves. `unknown` is also ' +
          'the answer of one under way. Left out by an older worker.',
      })
      .exactOptional(),
    nextAllowedAt: instant.nullable().meta({ description: 'End of the provider’s window that was met.' }),
    mayBeCharged: z.int().meta({ description: 'Those of them that Meld may charge for.' }),
    connectionProducts: z.array(z.string()).nullable(),
    terms: z
      .looseObject({
        allProducts: z.boolean(),
        products: z.array(z.string()),
        freshSince: instant,
        deadline: instant,
        onRateLimit: z.enum(ON_RATE_LIMIT),
        onRepair: z.enum(ON_REPAIR),
        maxCharges: z.int(),
        priority: z.enum(PRIORITIES).exactOptional(),
      })
      .meta({ description: 'What all callers of the run want together.' }),
    lastCall: lastCall.nullable().meta({
      description:
        'The latest call that may have run, whose data has not come or is of some products; `earlier`: those before it.',
    }),
  })
  .meta({ id: 'Progress' });

const evidence: z.ZodType<Evidence> = z
  .discriminatedUnion('by', [
    z.looseObject({ by: z.literal('event'), eventId: z.string(), occurredAt: instant, satisfies: instant }),
    z.looseObject({ by: z.literal('successfullyAggregatedAt'), aggregatedAt: instant, satisfies: instant }),
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
      products: z.array(z.string()),
      optionalProducts: z.array(z.string()),
    })
    .nullable(),
  aggregatedAt: z.looseObject({ before: instant.nullable(), after: instant.nullable() }),
  evidence: z.record(z.string(), evidence),
  earlierEvidence: z.record(z.string(), evidence),
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
      reason: z.enum(ESCALATIONS),
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
  progress: progress
    .nullable()
    .meta({ description: '`null` before the run’s first step, and where it cannot be read.' }),
  progressUnreadable: z
    .literal(true)
    .meta({
      description:
        'There is progress, and it cannot be read: its payload key is not configured here, or another build wrote it.',
    })
    .exactOptional(),
  activity: z
    .string()
    .meta({ description: 'What an open run is doing right now, for people; left out while it waits.' })
    .exactOptional(),
  failure: z
    .string()
    .meta({ description: 'Why the run `failed`: a bug or an operator’s doing.' })
    .exactOptional(),
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
    mayBeCharged: z
      .int()
      .meta({ description: 'Calls that Meld may charge for; left out when the run’s memo cannot be read.' })
      .exactOptional(),
    customerId: z.string().exactOptional(),
    provider: z.string().exactOptional(),
  })
  .meta({ id: 'ListedRefresh' });

export function toRefresh(run: RefreshDescription): z.output<typeof refresh> {
  const { outcome: _outcome, customerId: _customer, provider: _provider, ...shown } = run;
  return { ...shown, progress: shownProgress(run) };
}

export function toListedRefresh(run: RefreshDescription): z.output<typeof listedRefresh> {
  const { result: _result, ...shown } = run;
  const mayBeCharged = chargesOf(run);
  return {
    ...shown,
    progress: shownProgress(run),
    ...(mayBeCharged !== undefined && { mayBeCharged }),
  };
}

function shownProgress({ progress }: RefreshDescription): ShownProgress | null {
  if (progress === null) return null;
  const { idempotencyKeys: _keys, ...shown } = progress;
  return shown;
}
