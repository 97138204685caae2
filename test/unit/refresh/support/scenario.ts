import fc from 'fast-check';
import type { CallAnswer, Connection, ReadReport } from '../../../../src/refresh/model/connection';
import { mayBeCharged } from '../../../../src/refresh/freshness';
import { answerFor } from '../../../../src/refresh/answer-for';
import { isSameStep } from '../../../../src/refresh/step';
import { decide } from '../../../../src/refresh/decide';
import type { RefreshResult } from '../../../../src/refresh/model/outcome';
import { evidenceEventFor, PRODUCTS } from '../../../../src/refresh/model/product';
import type { Product } from '../../../../src/refresh/model/product';
import { beginCall, beginWait, recordCall, recordCallNotSent } from '../../../../src/refresh/record-call';
import { recordJoins } from '../../../../src/refresh/record-join';
import { recordEvents } from '../../../../src/refresh/record-event';
import type { RefreshEvent } from '../../../../src/refresh/record-event';
import { beginRead, recordRead } from '../../../../src/refresh/record-read';
import type { RefreshRequest } from '../../../../src/refresh/model/request';
import { initialState } from '../../../../src/refresh/state';
import type { RefreshState } from '../../../../src/refresh/state';
import { T0, aConnection, aJoin, ms } from './a-run';

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
    readonly report: ReadReport['read'];
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
  readonly joins: readonly {
    readonly afterMs: number;
    readonly products: readonly Product[] | null;
    readonly onRateLimit: 'wait' | 'return';
    readonly maxCharges: number | null;
    readonly ageMs: number | null;
  }[];
  readonly random: number;
}

interface CallScript {
  readonly answer: CallAnswer['answer'];
  readonly takesMs: number;
  readonly retryAfterMs: number | null;
  readonly httpStatus: number;
  /** For `accepted`, and for `unknown` when Meld carried it out: a gateway's 504 included. */
  readonly aggregation: AggregationScript | null;
}

interface AggregationScript {
  readonly afterMs: number;
  /** Delays of each delivery of its events; none: lost. More than one: duplicates. */
  readonly accountsDeliveredMs: readonly number[];
  readonly transactionsDeliveredMs: readonly number[];
}

export interface Trace {
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
    readonly readSinceWait: boolean;
    readonly statusSeen: string;
    readonly knownWindowEndMs: number;
    readonly chargedBefore: number;
  }[];
  /** What was truly aggregated, and of which products. */
  readonly aggregations: readonly {
    readonly endedAtMs: number;
    readonly brings: (product: string) => boolean;
  }[];
  /** The end as each caller is told it. */
  readonly told: readonly { readonly products: readonly string[]; readonly result: RefreshResult }[];
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
  accountsDeliveredMs: anyDeliveries,
  transactionsDeliveredMs: anyDeliveries,
});
const anyStatus = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...statuses) },
  { weight: 1, arbitrary: fc.constantFrom(...endings) },
);
const anyProducts = fc.subarray([...PRODUCTS], { minLength: 1 });
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
  clockOffsetMs: fc.integer({ min: -5_000, max: 5_000 }),
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
  joins: fc.array(
    fc.record({
      afterMs: anyDelay,
      products: fc.option(anyProducts),
      onRateLimit: fc.constantFrom('wait' as const, 'return' as const),
      maxCharges: fc.option(fc.integer({ min: 1, max: 4 })),
      ageMs: fc.option(fc.nat(HOUR)),
    }),
    { maxLength: 2 },
  ),
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
});

/** Plays one refresh through that scenario: the workflow's loop with a simulated clock and Meld. */
export function simulate(scenario: Scenario): Trace {
  const { clockOffsetMs, remembered } = scenario;
  const aggregatedBefore =
    scenario.aggregatedAgoMs === null ? null : toText(T0 - scenario.aggregatedAgoMs + clockOffsetMs);
  const request: RefreshRequest = {
    ...scenario.request,
    ...(remembered && {
      lastCall: { sentAt: toText(T0 - remembered.agoMs), products: remembered.products, aggregatedBefore },
    }),
  };
  let nowMs = T0;
  let state: RefreshState = initialState(request, T0);
  const calls: Trace['calls'][number][] = [];
  const aggregations: Trace['aggregations'][number][] = [];
  const happenings: { atMs: number; happen: () => void }[] = [];
  const connection: { status: string; aggregatedAtMs: number | null } = {
    status: scenario.status,
    aggregatedAtMs: scenario.aggregatedAgoMs === null ? null : T0 - scenario.aggregatedAgoMs,
  };
  if (connection.aggregatedAtMs !== null) {
    aggregations.push({ endedAtMs: connection.aggregatedAtMs, brings: () => true });
  }

  /** Calls that may have run. */
  const sent: { readonly sentAtMs: number; readonly products: readonly string[] | null }[] = [];
  const shown: { sinceMs: number; aggregatedAtMs: number | null }[] = [
    { sinceMs: -Infinity, aggregatedAtMs: connection.aggregatedAtMs },
  ];
  const asked: { products: readonly string[] | null; freshSinceMs: number }[] = [
    { products: request.products ?? null, freshSinceMs: state.terms.freshSinceMs },
  ];
  let eventIds = 0;
  const schedule = (atMs: number, happen: () => void): void => {
    happenings.push({ atMs, happen });
    happenings.sort((a, b) => a.atMs - b.atMs);
  };
  const deliver = (kind: RefreshEvent['kind'], occurredAtMs: number, delaysMs: readonly number[]): void => {
    const eventId = `event-${eventIds++}`;
    for (const delayMs of delaysMs) {
      schedule(occurredAtMs + delayMs, () => {
        state = recordEvents(state, [{ kind, eventId, occurredAtMs: occurredAtMs + clockOffsetMs }], nowMs);
      });
    }
  };
  const aggregate = (script: AggregationScript, products: readonly Product[] | null): void => {
    const endedAtMs = nowMs + script.afterMs;
    const kinds = new Set((products ?? PRODUCTS).map(evidenceEventFor));
    schedule(endedAtMs, () => {
      connection.aggregatedAtMs = endedAtMs;
      // Which of several calls brought it cannot be told from outside: together they brought what they asked for.
      aggregations.push({
        endedAtMs,
        brings: (product) =>
          products === null ||
          sent.some(
            (call) =>
              call.sentAtMs - ms('5s') - Math.abs(clockOffsetMs) <= endedAtMs &&
              (call.products === null || call.products.some((name) => name === product)),
          ),
      });
      shown.push({ sinceMs: nowMs, aggregatedAtMs: endedAtMs });
      if (kinds.has('accounts_updated')) deliver('accounts_updated', endedAtMs, script.accountsDeliveredMs);
      if (kinds.has('transactions_aggregated')) {
        deliver('transactions_aggregated', endedAtMs, script.transactionsDeliveredMs);
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

  for (const script of scenario.automatic)
    schedule(T0 + script.afterMs, () => aggregate({ ...script, afterMs: 0 }, null));
  for (const { afterMs, status, told } of scenario.statusChanges) {
    schedule(T0 + afterMs, () => {
      connection.status = status;
      if (told) deliver('status_changed', nowMs, [afterMs % 10_000]);
    });
  }
  for (const { afterMs, kind, ageMs } of scenario.staleEvents) {
    schedule(T0 + afterMs, () => {
      // However late it comes, an event tells of an aggregation that took place.
      const endedAtMs = nowMs - ageMs;
      aggregations.push({ endedAtMs, brings: (product) => evidenceEventFor(product) === kind });
      deliver(kind, endedAtMs, [ageMs]);
    });
  }
  scenario.joins.forEach(({ afterMs, ageMs, products, onRateLimit, maxCharges }, n) => {
    schedule(T0 + afterMs, () => {
      const wish = {
        joinId: `join-${n}`,
        onRateLimit,
        maxCharges,
        ...(products && { products }),
        ...(ageMs !== null && { freshSinceMs: nowMs - ageMs }),
      };
      const join = aJoin(wish, nowMs, state);
      asked.push({ products, freshSinceMs: join.terms.freshSinceMs });
      state = recordJoins(state, [join], nowMs);
    });
  });
  if (remembered !== null) {
    sent.push({ sentAtMs: T0 - remembered.agoMs, products: remembered.products });
    if (remembered.aggregation !== null) aggregate(remembered.aggregation, remembered.products);
  }

  let readsDone = 0;
  let callsDone = 0;
  let readSinceWait = false;
  let seen: Connection | null = null;
  /** A join that will be refused counts, its deadline too, until the first good read shows that it must be. */
  let productsKnownMs = -Infinity;
  let knownWindowEndMs = request.notBefore === undefined ? -Infinity : Date.parse(request.notBefore);
  const firstShownMs = new Map<string, number>();
  const everyMs = scenario.provider === 'MX' ? 3 * HOUR : null;

  const read = (): ReadReport => {
    const script = scenario.reads[readsDone++] ?? { takesMs: 100, lagMs: 0, report: 'found' as const };
    const aggregatedAtMs =
      shown.findLast(({ sinceMs }) => sinceMs <= nowMs - script.lagMs)?.aggregatedAtMs ?? null;
    const found: Connection = aConnection({
      status: connection.status,
      serviceProvider: scenario.provider,
      products: scenario.products,
      successfullyAggregatedAt: aggregatedAtMs === null ? null : toText(aggregatedAtMs + clockOffsetMs),
    });
    const refused = scenario.refusedReads;
    const isRefused =
      refused !== null && nowMs >= T0 + refused.afterMs && nowMs < T0 + refused.afterMs + refused.forMs;
    const report = isRefused ? refused.report : script.report;
    pass(nowMs + script.takesMs);
    switch (report) {
      case 'found':
        return { read: 'found', connection: found };
      case 'unavailable':
        return { read: 'unavailable', message: 'Made up.' };
      case 'not_found':
        return { read: 'not_found', requestId: null };
      case 'rate_limited':
        return { read: 'rate_limited', retryAfterMs: 90_000 };
      case 'access_denied':
      case 'rejected':
        return { read: report, httpStatus: 401, requestId: null };
    }
  };

  for (let steps = 0; steps < 3_000; steps++) {
    const decided = decide(state, nowMs);
    const { step } = decided;
    state = decided.state;
    const beganMs = nowMs;
    switch (step.step) {
      case 'read': {
        state = beginRead(state, nowMs);
        const report = read();
        if (report.read === 'found') {
          if (seen === null) productsKnownMs = nowMs;
          seen = report.connection;
          if (everyMs !== null && seen.successfullyAggregatedAt !== null) {
            // However far ahead Meld's clock is: no aggregation is younger than the first read that showed it.
            const firstMs = firstShownMs.get(seen.successfullyAggregatedAt) ?? beganMs;
            firstShownMs.set(seen.successfullyAggregatedAt, firstMs);
            const shownMs = Math.min(Date.parse(seen.successfullyAggregatedAt), firstMs);
            knownWindowEndMs = Math.max(knownWindowEndMs, shownMs + everyMs);
          }
        }
        readSinceWait = report.read === 'found';
        state = recordRead(state, report, nowMs, step.kind);
        break;
      }
      case 'call': {
        const script = scenario.calls[callsDone++] ?? {
          answer: 'accepted' as const,
          takesMs: 100,
          retryAfterMs: null,
          httpStatus: 400,
          aggregation: null,
        };
        const { answer } = script;
        if (answer === 'not_sent') {
          pass(nowMs + Math.max(ms('10s'), Math.min(ms('5m'), state.terms.deadlineMs - nowMs)));
          state = recordCallNotSent(beginCall(state, step.products, beganMs), nowMs);
          readSinceWait = false;
          break;
        }
        const chargedBefore = state.calls.made.filter(mayBeCharged).length;
        calls.push({
          sentAtMs: nowMs,
          answer,
          readSinceWait,
          statusSeen: seen?.status ?? 'none',
          knownWindowEndMs,
          chargedBefore,
        });
        if (mayBeCharged({ answer })) {
          sent.push({ sentAtMs: nowMs, products: step.products });
          if (script.aggregation !== null) aggregate(script.aggregation, step.products);
        }
        const sentAtMs = nowMs;
        state = beginCall(state, step.products, sentAtMs);
        pass(nowMs + script.takesMs);
        if (answer === 'accepted' && everyMs !== null) {
          knownWindowEndMs = Math.max(knownWindowEndMs, sentAtMs + everyMs);
        }
        if (answer === 'rate_limited') {
          const leastMs = Math.max(script.retryAfterMs ?? 0, ms('1m'));
          knownWindowEndMs = Math.max(knownWindowEndMs, nowMs + leastMs);
        }
        state = recordCall(state, answerOf(answer, script), nowMs, scenario.random);
        readSinceWait = false;
        break;
      }
      case 'wait': {
        state = beginWait(state);
        readSinceWait = false;
        pass(step.untilMs, () => {
          const next = decide(state, nowMs);
          state = next.state;
          return !isSameStep(next.step, step);
        });
        break;
      }
      case 'finish':
        return {
          result: step.result,
          endedAtMs: nowMs,
          lastStepBeganMs: beganMs,
          deadlineMs: Math.max(state.terms.deadlineMs, productsKnownMs),
          maxCharges: state.terms.maxCharges ?? state.policy.maxCharges,
          toleranceMs: state.policy.clockToleranceMs + Math.abs(clockOffsetMs),
          calls,
          aggregations,
          told: asked.map(({ products, freshSinceMs }) => ({
            products: products ?? (scenario.products.length > 0 ? scenario.products : PRODUCTS),
            result: answerFor(step.result, {
              ...(products && { products }),
              freshSince: toText(freshSinceMs),
            }),
          })),
        };
    }
  }
  throw new Error('the refresh goes round and round');
}

const toText = (atMs: number): string => new Date(atMs).toISOString();

function answerOf(
  answer: Exclude<CallAnswer['answer'], 'not_sent'>,
  { retryAfterMs, httpStatus }: CallScript,
): Exclude<CallAnswer, { answer: 'not_sent' }> {
  const requestId = 'req-1';
  switch (answer) {
    case 'accepted':
      return { answer, httpStatus: 200, requestId };
    case 'conflict':
      return { answer, httpStatus: 409, requestId };
    case 'rate_limited':
      return { answer, httpStatus: 429, requestId, retryAfterMs };
    case 'server_error':
      return { answer, httpStatus: 503, requestId, retryAfterMs };
    case 'unknown':
      return { answer, httpStatus: retryAfterMs === null ? null : 504, requestId: null };
    case 'rejected':
      return { answer, httpStatus, requestId };
    case 'not_found':
      return { answer, httpStatus: 404, requestId };
  }
}
