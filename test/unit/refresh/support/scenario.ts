import fc from 'fast-check';
import { initialState } from '../../../../src/refresh/begin';
import type { CallAnswer, Connection, ReadReport } from '../../../../src/refresh/model/connection';
import { mayBeCharged } from '../../../../src/refresh/freshness';
import { decide } from '../../../../src/refresh/decide';
import type { RefreshResult } from '../../../../src/refresh/model/outcome';
import { evidenceEventFor, PRODUCTS } from '../../../../src/refresh/model/product';
import type { Product } from '../../../../src/refresh/model/product';
import { beginWait, recordCall, recordCallNotSent } from '../../../../src/refresh/record-call';
import { recordJoin } from '../../../../src/refresh/record-join';
import { recordEvent } from '../../../../src/refresh/record-event';
import type { RefreshEvent } from '../../../../src/refresh/record-event';
import { beginRead, recordRead } from '../../../../src/refresh/record-read';
import type { RefreshRequest } from '../../../../src/refresh/model/request';
import type { Join, RefreshState } from '../../../../src/refresh/state';
import { T0, aConnection, aJoin, ms } from './a-run';

/** A made-up Meld and its fate during one refresh: everything that can happen, decided beforehand. */
export interface World {
  readonly request: RefreshRequest;
  readonly provider: string;
  readonly products: readonly string[];
  readonly status: string;
  readonly aggregatedAgoMs: number | null;
  /** How far Meld's clock is ahead of ours. */
  readonly clockOffsetMs: number;
  readonly reads: readonly { readonly takesMs: number; readonly report: ReadReport['read'] }[];
  readonly calls: readonly CallFate[];
  readonly automatic: readonly AggregationFate[];
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
  readonly joins: readonly {
    readonly afterMs: number;
    readonly join: Pick<Join, 'products' | 'onRateLimit' | 'maxCharges'> & { readonly ageMs: number | null };
  }[];
  readonly random: number;
}

interface CallFate {
  readonly answer: CallAnswer['answer'] | 'not_sent';
  readonly takesMs: number;
  readonly retryAfterMs: number | null;
  readonly httpStatus: number;
  /** For `accepted`, and for `unknown` when Meld did carry it out. */
  readonly aggregation: AggregationFate | null;
}

interface AggregationFate {
  readonly afterMs: number;
  /** Delays of each delivery of its events; none: lost. More than one: duplicates. */
  readonly accountsDeliveredMs: readonly number[];
  readonly transactionsDeliveredMs: readonly number[];
}

export interface Life {
  readonly result: RefreshResult;
  readonly endedAtMs: number;
  readonly lastStepBeganMs: number;
  readonly deadlineMs: number;
  readonly maxCharges: number;
  /** How far an event may truly predate what is wanted: the tolerance and the clocks' difference. */
  readonly toleranceMs: number;
  readonly calls: readonly {
    readonly sentAtMs: number;
    readonly answer: string;
    readonly lookSinceWait: boolean;
    readonly statusSeen: string;
    readonly knownWindowEndMs: number;
    readonly chargedBefore: number;
  }[];
  readonly aggregations: readonly {
    readonly endedAtMs: number;
    readonly announces: (product: string) => boolean;
  }[];
}

const HOUR = ms('1h');
const statuses = ['ACTIVE', 'PARTIALLY_ACTIVE', 'DEGRADED', 'UNDETERMINED', 'NEW_STATUS'];
const endings = ['RECONNECT_REQUIRED', 'UNRECOVERABLE', 'EXPIRED', 'DELETED', 'IN_PROGRESS'];
const anyDelay = fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: 6 * HOUR }));
const anyDeliveries = fc.oneof(
  { weight: 3, arbitrary: fc.array(anyDelay, { minLength: 1, maxLength: 2 }) },
  { weight: 1, arbitrary: fc.constant([]) },
);
const anyAggregation: fc.Arbitrary<AggregationFate> = fc.record({
  afterMs: anyDelay,
  accountsDeliveredMs: anyDeliveries,
  transactionsDeliveredMs: anyDeliveries,
});
const anyStatus = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...statuses) },
  { weight: 1, arbitrary: fc.constantFrom(...endings) },
);
const anyProducts = fc.subarray([...PRODUCTS], { minLength: 1 });
const often = (n: number): fc.Arbitrary<boolean> => fc.nat(n).map((drawn) => drawn > 0);

const anyCall: fc.Arbitrary<CallFate> = fc.record({
  answer: fc.oneof(
    { weight: 4, arbitrary: fc.constant('accepted' as const) },
    { weight: 3, arbitrary: fc.constant('rate_limited' as const) },
    { weight: 5, arbitrary: fc.constant('server_error' as const) },
    { weight: 3, arbitrary: fc.constant('unknown' as const) },
    { weight: 2, arbitrary: fc.constant('conflict' as const) },
    { weight: 1, arbitrary: fc.constantFrom('rejected' as const, 'not_found' as const, 'not_sent' as const) },
  ),
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

export const anyWorld: fc.Arbitrary<World> = fc.record({
  request: anyRequest,
  provider: fc.constantFrom('PLAID', 'MX', 'FINICITY'),
  products: fc.oneof(
    { weight: 8, arbitrary: fc.constant<string[]>([...PRODUCTS]) },
    { weight: 2, arbitrary: fc.subarray<string>([...PRODUCTS, 'NEW_PRODUCT'], { minLength: 1 }) },
    { weight: 1, arbitrary: fc.constant<string[]>([]) },
  ),
  status: anyStatus,
  aggregatedAgoMs: fc.option(fc.oneof(fc.nat(20 * 60_000), fc.nat(48 * HOUR)), { freq: 8 }),
  clockOffsetMs: fc.integer({ min: -5_000, max: 5_000 }),
  reads: fc.array(
    fc.record({
      takesMs: fc.nat(5_000),
      report: fc.oneof(
        { weight: 60, arbitrary: fc.constant('found' as const) },
        { weight: 3, arbitrary: fc.constant('unavailable' as const) },
        {
          weight: 1,
          arbitrary: fc.constantFrom('not_found' as const, 'access_denied' as const, 'rejected' as const),
        },
      ),
    }),
    { maxLength: 20 },
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
  joins: fc.array(
    fc.record({
      afterMs: anyDelay,
      join: fc.record({
        products: fc.option(anyProducts),
        onRateLimit: fc.constantFrom('wait' as const, 'return' as const),
        maxCharges: fc.option(fc.integer({ min: 1, max: 4 })),
        ageMs: fc.option(fc.nat(HOUR)),
      }),
    }),
    { maxLength: 2 },
  ),
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
});

/** Lives one refresh through in that world: the workflow's loop with a made-up clock and outside. */
export function live(world: World): Life {
  const { request, clockOffsetMs } = world;
  let nowMs = T0;
  let state: RefreshState = initialState(request, T0);
  const calls: Life['calls'][number][] = [];
  const aggregations: Life['aggregations'][number][] = [];
  const happenings: { atMs: number; happen: () => void }[] = [];
  const connection: { status: string; aggregatedAtMs: number | null } = {
    status: world.status,
    aggregatedAtMs: world.aggregatedAgoMs === null ? null : T0 - world.aggregatedAgoMs,
  };
  if (connection.aggregatedAtMs !== null) {
    aggregations.push({ endedAtMs: connection.aggregatedAtMs, announces: () => true });
  }

  let eventIds = 0;
  const schedule = (atMs: number, happen: () => void): void => {
    happenings.push({ atMs, happen });
    happenings.sort((a, b) => a.atMs - b.atMs);
  };
  const deliver = (kind: RefreshEvent['kind'], occurredAtMs: number, delaysMs: readonly number[]): void => {
    const eventId = `event-${eventIds++}`;
    for (const delayMs of delaysMs) {
      schedule(occurredAtMs + delayMs, () => {
        state = recordEvent(state, { kind, eventId, occurredAtMs: occurredAtMs + clockOffsetMs }, nowMs);
      });
    }
  };
  const aggregate = (fate: AggregationFate, products: readonly Product[] | null): void => {
    const endedAtMs = nowMs + fate.afterMs;
    const includes = (product: string): boolean => products === null || products.some((p) => p === product);
    const kinds = new Set((products ?? PRODUCTS).map(evidenceEventFor));
    schedule(endedAtMs, () => {
      connection.aggregatedAtMs = endedAtMs;
      // Meld's events are by kind: ACCOUNTS_UPDATED speaks for all that is read with the accounts.
      aggregations.push({
        endedAtMs,
        announces: (product) => includes(product) || kinds.has(evidenceEventFor(product)),
      });
      if (kinds.has('accounts_updated')) deliver('accounts_updated', endedAtMs, fate.accountsDeliveredMs);
      if (kinds.has('transactions_aggregated')) {
        deliver('transactions_aggregated', endedAtMs, fate.transactionsDeliveredMs);
      }
    });
  };
  const pass = (untilMs: number, stopWhen: () => boolean = () => false): void => {
    for (let next = happenings[0]; next !== undefined && next.atMs <= untilMs; next = happenings[0]) {
      nowMs = Math.max(nowMs, next.atMs);
      happenings.shift();
      next.happen();
      if (stopWhen()) return;
    }
    nowMs = Math.max(nowMs, untilMs);
  };

  for (const fate of world.automatic)
    schedule(T0 + fate.afterMs, () => aggregate({ ...fate, afterMs: 0 }, null));
  for (const { afterMs, status, told } of world.statusChanges) {
    schedule(T0 + afterMs, () => {
      connection.status = status;
      if (told) deliver('status_changed', nowMs, [afterMs % 10_000]);
    });
  }
  for (const { afterMs, kind, ageMs } of world.staleEvents) {
    schedule(T0 + afterMs, () => {
      // However late it comes, an event tells of an aggregation that took place.
      const endedAtMs = nowMs - ageMs;
      aggregations.push({ endedAtMs, announces: (product) => evidenceEventFor(product) === kind });
      deliver(kind, endedAtMs, [ageMs]);
    });
  }
  world.joins.forEach(({ afterMs, join: { ageMs, ...join } }, n) => {
    schedule(T0 + afterMs, () => {
      const freshSinceMs = ageMs === null ? null : nowMs - ageMs;
      state = recordJoin(state, aJoin({ ...join, joinId: `join-${n}`, requestedAtMs: nowMs, freshSinceMs }));
    });
  });

  let readsDone = 0;
  let callsDone = 0;
  let lookSinceWait = false;
  let seen: Connection | null = null;
  let knownWindowEndMs = request.notBefore === undefined ? -Infinity : Date.parse(request.notBefore);
  const firstShownMs = new Map<string, number>();
  const everyMs = world.provider === 'MX' ? 3 * HOUR : null;

  const read = (): ReadReport => {
    const fate = world.reads[readsDone++] ?? { takesMs: 100, report: 'found' as const };
    const shown: Connection = aConnection({
      status: connection.status,
      serviceProvider: world.provider,
      products: world.products,
      successfullyAggregatedAt:
        connection.aggregatedAtMs === null
          ? null
          : new Date(connection.aggregatedAtMs + clockOffsetMs).toISOString(),
    });
    pass(nowMs + fate.takesMs);
    switch (fate.report) {
      case 'found':
        return { read: 'found', connection: shown };
      case 'unavailable':
        return { read: 'unavailable', message: 'Made up.' };
      case 'not_found':
        return { read: 'not_found', requestId: null };
      default:
        return { read: fate.report, httpStatus: 401, requestId: null };
    }
  };

  for (let steps = 0; steps < 3_000; steps++) {
    const step = decide(state, nowMs);
    const beganMs = nowMs;
    switch (step.step) {
      case 'read': {
        state = beginRead(state, nowMs);
        const report = read();
        if (report.read === 'found') {
          seen = report.connection;
          if (everyMs !== null && seen.successfullyAggregatedAt !== null) {
            // However far ahead Meld's clock is: no aggregation is younger than the first look that showed it.
            const firstMs = firstShownMs.get(seen.successfullyAggregatedAt) ?? beganMs;
            firstShownMs.set(seen.successfullyAggregatedAt, firstMs);
            const shownMs = Math.min(Date.parse(seen.successfullyAggregatedAt), firstMs);
            knownWindowEndMs = Math.max(knownWindowEndMs, shownMs + everyMs);
          }
        }
        lookSinceWait = report.read === 'found';
        state = recordRead(state, report, nowMs);
        break;
      }
      case 'call': {
        const fate = world.calls[callsDone++] ?? {
          answer: 'accepted' as const,
          takesMs: 100,
          retryAfterMs: null,
          httpStatus: 400,
          aggregation: null,
        };
        const { answer } = fate;
        if (answer === 'not_sent') {
          pass(nowMs + Math.max(ms('10s'), Math.min(ms('5m'), state.terms.deadlineMs - nowMs)));
          state = recordCallNotSent(state);
          lookSinceWait = false;
          break;
        }
        const chargedBefore = state.calls.filter(mayBeCharged).length;
        calls.push({
          sentAtMs: nowMs,
          answer,
          lookSinceWait,
          statusSeen: seen?.status ?? 'none',
          knownWindowEndMs,
          chargedBefore,
        });
        if (mayBeCharged({ answer }) && fate.aggregation !== null) aggregate(fate.aggregation, step.products);
        const sentAtMs = nowMs;
        pass(nowMs + fate.takesMs);
        if (answer === 'accepted' && everyMs !== null) {
          knownWindowEndMs = Math.max(knownWindowEndMs, sentAtMs + everyMs);
        }
        if (answer === 'rate_limited') {
          const leastMs = Math.min(Math.max(fate.retryAfterMs ?? 0, ms('1m')), ms('24h'));
          knownWindowEndMs = Math.max(knownWindowEndMs, nowMs + leastMs);
        }
        state = recordCall(
          state,
          { sentAtMs, products: step.products, answer: answerOf(answer, fate) },
          nowMs,
          world.random,
        );
        lookSinceWait = false;
        break;
      }
      case 'wait': {
        state = beginWait(state);
        lookSinceWait = false;
        pass(step.untilMs, () => {
          const next = decide(state, nowMs);
          return next.step !== 'wait' || next.untilMs !== step.untilMs || next.phase !== step.phase;
        });
        break;
      }
      case 'finish':
        return {
          result: step.result,
          endedAtMs: nowMs,
          lastStepBeganMs: beganMs,
          deadlineMs: state.terms.deadlineMs,
          maxCharges: state.terms.maxCharges,
          toleranceMs: state.policy.clockToleranceMs + Math.abs(clockOffsetMs),
          calls,
          aggregations,
        };
    }
  }
  throw new Error('the refresh goes round and round');
}

function answerOf(answer: CallAnswer['answer'], { retryAfterMs, httpStatus }: CallFate): CallAnswer {
  const requestId = 'req-1';
  switch (answer) {
    case 'accepted':
      return { answer, httpStatus: 200, requestId };
    case 'conflict':
      return { answer, httpStatus: 409, requestId };
    case 'rate_limited':
      return { answer, httpStatus: 429, requestId, retryAfterMs };
    case 'server_error':
      return { answer, httpStatus: 503, requestId, retryAfterMs: null };
    case 'unknown':
      return { answer, httpStatus: null, requestId: null };
    case 'rejected':
      return { answer, httpStatus, requestId };
    case 'not_found':
      return { answer, httpStatus: 404, requestId };
  }
}
