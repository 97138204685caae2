import fc from 'fast-check';
import type { CallAnswer, ReadReport } from '../../../../src/refresh/model/connection';
import { PRODUCTS, type Product } from '../../../../src/refresh/model/product';
import type { RefreshEvent } from '../../../../src/refresh/record/record-event';
import type { RefreshRequest } from '../../../../src/refresh/model/request';
import { T0, ms } from './a-run';

/** What Meld does during one refresh: everything that can happen, decided beforehand. */
export interface Scenario {
  readonly request: RefreshRequest;
  readonly provider: string;
  readonly products: readonly string[];
  readonly status: string;
  readonly aggregatedAgoMs: number | null;
  /** How far Meld's clock is ahead of ours. */
  readonly clockOffsetMs: number;
  /** `lagMs`: a replica that shows the timestamp as it was so long ago. */
  readonly reads: readonly {
    readonly takesMs: number;
    readonly lagMs: number;
    /** `rubbish`: an operator completes the activity by hand. */
    readonly report: ReadReport['read'] | 'rubbish';
  }[];
  /** For so long every read is answered so. */
  readonly refusedReads: {
    readonly afterMs: number;
    readonly forMs: number;
    readonly report: Exclude<ReadReport['read'], 'found'>;
  } | null;
  /** A call of an earlier run, and what comes of it. */
  readonly remembered: {
    readonly agoMs: number;
    readonly products: readonly Product[] | null;
    readonly aggregation: AggregationScript | null;
  } | null;
  readonly calls: readonly CallScript[];
  readonly automatic: readonly AggregationScript[];
  readonly statusChanges: readonly {
    readonly afterMs: number;
    readonly status: string;
    readonly told: boolean;
  }[];
  readonly staleEvents: readonly {
    readonly afterMs: number;
    readonly kind: RefreshEvent['kind'];
    readonly ageMs: number;
  }[];
  readonly joins: readonly (JoinScript & { readonly afterMs: number })[];
  /** Comes when the run has decided to end. */
  readonly joinAtEnd: JoinScript | null;
  readonly interruption: Interruption | null;
  readonly random: number;
}

/** Another caller's wish. */
export interface JoinScript {
  readonly products: readonly Product[] | null;
  readonly onRateLimit: 'wait' | 'return';
  readonly onRepair: 'wait' | 'return';
  readonly maxCharges: number | null;
  readonly ageMs: number | null;
}

/** What an operator does to the run, once: at an instant, or while a call is under way. */
export type Interruption = (
  | {
      readonly kind: 'reset';
      /** How much of what it has lived stays, from 0 to 1. */ readonly keeps: number;
    }
  | {
      readonly kind: 'cancel';
      /** Until somebody asks for the same again. */
      readonly nextAfterMs: number;
    }
) &
  ({ readonly afterMs: number } | { readonly inCall: number });

export interface CallScript {
  readonly answer: CallAnswer['answer'];
  /** Whether a lost call was carried out: behind a gateway's 504, say. */
  readonly carriedOut: boolean;
  /** From the decision until it leaves: a pause, a backlog. */
  readonly pauseMs: number;
  /** An operator completes the activity with rubbish, whatever Meld answers. */
  readonly completedByHand: boolean;
  readonly takesMs: number;
  readonly retryAfterMs: number | null;
  readonly httpStatus: number;
  /** Of a call that was carried out; `null`: it was paid for, and nothing comes. */
  readonly aggregation: AggregationScript | null;
}

export interface AggregationScript {
  readonly afterMs: number;
  /** From its end until `successfullyAggregatedAt` shows it. */
  readonly shownAfterMs: number;
  /** Delays of each delivery of its events; none: lost. More than one: duplicates. */
  readonly accountsDeliveredMs: readonly number[];
  readonly transactionsDeliveredMs: readonly number[];
}

const HOUR = ms('1h');
const statuses = ['ACTIVE', 'PARTIALLY_ACTIVE', 'DEGRADED', 'UNDETERMINED', 'NEW_STATUS'];
const endings = ['RECONNECT_REQUIRED', 'UNRECOVERABLE', 'EXPIRED', 'DELETED', 'IN_PROGRESS'];
const anyDelay = fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: 6 * HOUR }));
const anyDeliveries = fc.oneof(
  { weight: 3, arbitrary: fc.array(anyDelay, { minLength: 1, maxLength: 2 }) },
  { weight: 1, arbitrary: fc.constant([]) },
);
const anyAggregation: fc.Arbitrary<AggregationScript> = fc.record({
  afterMs: anyDelay,
  shownAfterMs: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.nat(20 * 60_000) },
  ),
  accountsDeliveredMs: anyDeliveries,
  transactionsDeliveredMs: anyDeliveries,
});
const anyStatus = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...statuses) },
  { weight: 1, arbitrary: fc.constantFrom(...endings) },
);
/** One alone is often of the same class of evidence as another caller's. */
const anyProducts = fc.oneof(
  fc.subarray([...PRODUCTS], { minLength: 1 }),
  fc.constantFrom(...PRODUCTS).map((product): Product[] => [product]),
);
const often = (n: number): fc.Arbitrary<boolean> => fc.nat(n).map((drawn) => drawn > 0);

const anyCall: fc.Arbitrary<CallScript> = fc.record({
  answer: fc.oneof(
    { weight: 4, arbitrary: fc.constant('accepted' as const) },
    { weight: 3, arbitrary: fc.constant('rate_limited' as const) },
    { weight: 5, arbitrary: fc.constant('server_error' as const) },
    { weight: 3, arbitrary: fc.constant('unknown' as const) },
    { weight: 2, arbitrary: fc.constant('conflict' as const) },
    { weight: 1, arbitrary: fc.constantFrom('rejected' as const, 'not_found' as const, 'not_sent' as const) },
  ),
  carriedOut: fc.boolean(),
  pauseMs: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3 * 60_000) }),
  completedByHand: fc.nat(20).map((drawn) => drawn === 0),
  takesMs: fc.nat(30_000),
  retryAfterMs: fc.option(fc.oneof(fc.nat(HOUR), fc.nat(40 * HOUR))),
  httpStatus: fc.constantFrom(400, 401, 403, 422),
  aggregation: fc.option(anyAggregation, { freq: 3 }),
});

const anyRequest: fc.Arbitrary<RefreshRequest> = fc
  .record({
    products: fc.option(anyProducts, { nil: undefined }),
    maxAge: fc.option(fc.constantFrom('0s', '15m', '5h'), { nil: undefined }),
    giveUpAfter: fc.option(fc.constantFrom('1m', '1h', '12h', '3d'), { nil: undefined }),
    onRateLimit: fc.constantFrom('wait' as const, 'wait' as const, 'return' as const),
    onRepair: fc.constantFrom('return' as const, 'wait' as const),
    maxCharges: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    notBeforeMs: fc.option(fc.nat(5 * HOUR), { nil: undefined, freq: 8 }),
    serverErrorRetries: fc.nat(4),
    maxRateLimitWaits: fc.nat(3),
  })
  .map(({ products, maxAge, giveUpAfter, onRateLimit, onRepair, maxCharges, notBeforeMs, ...policy }) => ({
    connectionId: 'conn-1',
    onRateLimit,
    onRepair,
    policy,
    ...(products && { products }),
    ...(maxAge && { maxAge }),
    ...(giveUpAfter && { giveUpAfter }),
    ...(maxCharges && { maxCharges }),
    ...(notBeforeMs && { notBefore: new Date(T0 + notBeforeMs).toISOString() }),
  }));

const anyWish = {
  products: fc.option(anyProducts),
  onRateLimit: fc.constantFrom('wait' as const, 'return' as const),
  onRepair: fc.constantFrom('wait' as const, 'return' as const),
  maxCharges: fc.option(fc.integer({ min: 1, max: 4 })),
  ageMs: fc.option(fc.nat(HOUR)),
};

const anyInterruption: fc.Arbitrary<Interruption> = fc
  .tuple(
    fc.oneof(
      fc.record({ kind: fc.constant('reset' as const), keeps: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ kind: fc.constant('cancel' as const), nextAfterMs: anyDelay }),
    ),
    fc.oneof(fc.record({ afterMs: anyDelay }), fc.record({ inCall: fc.nat(1) })),
  )
  .map(([what, when]) => ({ ...what, ...when }));

export const anyScenario: fc.Arbitrary<Scenario> = fc.record({
  request: anyRequest,
  provider: fc.constantFrom('PLAID', 'MX', 'FINICITY'),
  products: fc.oneof(
    { weight: 8, arbitrary: fc.constant<string[]>([...PRODUCTS]) },
    { weight: 2, arbitrary: fc.subarray<string>([...PRODUCTS, 'NEW_PRODUCT'], { minLength: 1 }) },
    { weight: 1, arbitrary: fc.constant<string[]>([]) },
  ),
  status: anyStatus,
  aggregatedAgoMs: fc.option(fc.oneof(fc.nat(20 * 60_000), fc.nat(48 * HOUR)), { freq: 8 }),
  clockOffsetMs: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: -5_000, max: 5_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: -2 * HOUR, max: 2 * HOUR }) },
  ),
  reads: fc.array(
    fc.record({
      takesMs: fc.nat(5_000),
      lagMs: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(120_000) }),
      report: fc.oneof(
        { weight: 60, arbitrary: fc.constant('found' as const) },
        { weight: 3, arbitrary: fc.constant('unavailable' as const) },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            'not_found' as const,
            'access_denied' as const,
            'rejected' as const,
            'rate_limited' as const,
            'rubbish' as const,
          ),
        },
      ),
    }),
    { maxLength: 20 },
  ),
  refusedReads: fc.option(
    fc.record({
      afterMs: anyDelay,
      forMs: fc.oneof(fc.nat(ms('4m')), fc.nat(HOUR)),
      report: fc.constantFrom(
        'unavailable' as const,
        'not_found' as const,
        'access_denied' as const,
        'rejected' as const,
        'rate_limited' as const,
      ),
    }),
    { freq: 2 },
  ),
  remembered: fc.option(
    fc.record({
      agoMs: fc.nat(HOUR),
      products: fc.option(anyProducts),
      aggregation: fc.option(anyAggregation),
    }),
    { freq: 2 },
  ),
  calls: fc.array(anyCall, { maxLength: 12 }),
  automatic: fc.array(anyAggregation, { maxLength: 2 }),
  statusChanges: fc.array(fc.record({ afterMs: anyDelay, status: anyStatus, told: often(3) }), {
    maxLength: 3,
  }),
  staleEvents: fc.array(
    fc.record({
      afterMs: anyDelay,
      kind: fc.constantFrom('accounts_updated' as const, 'transactions_aggregated' as const),
      ageMs: fc.integer({ min: 6 * HOUR, max: 60 * HOUR }),
    }),
    { maxLength: 3 },
  ),
  joins: fc.array(fc.record({ ...anyWish, afterMs: anyDelay }), { maxLength: 2 }),
  joinAtEnd: fc.option(fc.record(anyWish), { freq: 2 }),
  interruption: fc.option(anyInterruption, { freq: 2 }),
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
});
