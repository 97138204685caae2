import { z } from 'zod';

const DAY_MS = 86_400_000;
/** A week at most: a longer timer would overflow, and no scenario needs it. */
export const milliseconds = z
  .number()
  .int()
  .min(0)
  .max(7 * DAY_MS);

/** What a call triggers besides its own answer, once, that long after it by the simulator's clock. */
const effect = z.discriminatedUnion('effect', [
  z.strictObject({ effect: z.literal('aggregation'), afterMs: milliseconds }),
  z.strictObject({
    effect: z.literal('status_change'),
    afterMs: milliseconds,
    status: z.string().min(1).max(100),
    statusReason: z.string().max(200).nullable(),
  }),
]);

const anyCall = {
  /** Wall time between the decision and the answer. */
  delayMs: milliseconds.default(0),
  /** This step answers all calls until the connection has that status; left out: one call. */
  until: z.string().optional(),
  then: z.array(effect).max(10).default([]),
};

const errorStatus = z.number().int().min(300).max(599);
/** What comes in place of an answer; `gateway`: a 504 of the proxy in between. */
const lostAnswer = z.enum(['hold', 'cut', 'gateway']);

/** How one refresh call is answered. `accepted`, `lost` and `garbled` execute the refresh, and charge it. */
const callStep = z.discriminatedUnion('answer', [
  z.strictObject({
    answer: z.literal('accepted'),
    aggregation: z.enum(['lands', 'fails']).default('lands'),
    /** `events`: the answer comes only when the aggregation's webhooks were sent. */
    answerAfter: z.enum(['execution', 'events']).default('execution'),
    ...anyCall,
  }),
  z.strictObject({ answer: z.literal('lost'), ending: lostAnswer, ...anyCall }),
  z.strictObject({ answer: z.literal('garbled'), ...anyCall }),
  /** Opens the plan's window. */
  z.strictObject({ answer: z.literal('rate_limited'), ...anyCall }),
  z.strictObject({ answer: z.literal('error'), status: errorStatus, ...anyCall }),
]);

const readStep = z.discriminatedUnion('read', [
  z.strictObject({ read: z.literal('error'), status: errorStatus }),
  z.strictObject({ read: z.enum(['found', 'cut', 'garbled']) }),
]);

const reads = z.array(readStep).min(1).max(2000);
const calls = z.array(callStep).min(1).max(2000);
const retryAfter = z.enum(['seconds', 'date', 'absent', 'unreadable']);

/** How webhooks of a connection reach their receiver. Times are wall time, unscaled. */
const delivery = z.strictObject({
  order: z.enum(['in_order', 'shuffled']),
  copies: z.number().int().min(1).max(10),
  delayMs: milliseconds,
  /** Between two events of one aggregation. */
  gapMs: milliseconds,
  dropChance: z.number().min(0).max(1),
  dropTypes: z.array(z.string()).max(50),
});
export type DeliveryPlan = z.output<typeof delivery>;
export const DEFAULT_DELIVERY: DeliveryPlan = {
  order: 'in_order',
  copies: 1,
  delayMs: 0,
  gapMs: 0,
  dropChance: 0,
  dropTypes: [],
};

/** All that a scenario is made of. The last step of `reads` and `calls` holds for every further one. */
export const plan = z.strictObject({
  reads: reads.default([{ read: 'found' }]),
  calls: calls.prefault([{ answer: 'accepted' }]),
  aggregation: z
    .strictObject({
      afterMs: milliseconds.default(100),
      /** Before anything else, the events of an aggregation so long ago come again. */
      staleByMs: milliseconds.nullable().default(null),
    })
    .prefault({}),
  /** The provider's window: after a `rate_limited` step, and after every forced refresh of an MX connection. */
  window: z
    .strictObject({ ms: milliseconds.default(3 * 3_600_000), retryAfter: retryAfter.default('seconds') })
    .prefault({}),
  delivery,
});

export type Plan = z.output<typeof plan>;
export type PlanInput = Omit<z.input<typeof plan>, 'delivery'> & { delivery?: Partial<DeliveryPlan> };
export type CallStep = Plan['calls'][number];
export type Effect = CallStep['then'][number];

/** Numbers and choices that the scenarios read; what a scenario does not read changes nothing. */
export const scenarioParams = z.strictObject({
  aggregationMs: milliseconds.optional(),
  /** Wall time before the answer to each call. */
  answerDelayMs: milliseconds.optional(),
  /** 5xx answers before the turn of `flaky` and `down`. */
  failures: z.number().int().min(1).max(1000).optional(),
  windowMs: milliseconds.optional(),
  retryAfter: retryAfter.optional(),
  /** Windows that `mx_window` and `background` open before they accept a call. */
  rateLimits: z.number().int().min(1).max(1000).optional(),
  /** Default: half the window. */
  backgroundAfterMs: milliseconds.optional(),
  lostAnswer: lostAnswer.optional(),
  staleByMs: milliseconds.optional(),
  afterStale: z.enum(['nothing', 'real']).optional(),
  /** What `down` turns into; ACTIVE is the connection that heals by itself. */
  becomes: z.enum(['DEGRADED', 'UNDETERMINED', 'ACTIVE']).optional(),
  /** From the last of the `failures` to that STATUS_CHANGE. */
  becomesAfterMs: milliseconds.optional(),
  readsBeforeVanishing: z.number().int().min(0).max(1000).optional(),
  delivery: delivery.partial().optional(),
  /** Steps of one's own in place of the scenario's. */
  reads: reads.optional(),
  calls: calls.optional(),
});
export type ScenarioParams = z.output<typeof scenarioParams>;
