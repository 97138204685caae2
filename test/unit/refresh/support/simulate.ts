import type { CallAnswer, Connection, ReadReport } from '../../../../src/refresh/model/connection';
import { answerFor } from '../../../../src/refresh/report/answer-for';
import { decide, isCallStillDue } from '../../../../src/refresh/decide';
import { toProgress } from '../../../../src/refresh/report/describe-progress';
import { callsThatMayHaveRun, isDone } from '../../../../src/refresh/freshness';
import { parseCallAnswer, parseReadReport } from '../../../../src/refresh/input/parse-answer';
import { durationMs } from '../../../../src/refresh/model/duration';
import type { LastCall, RefreshResult } from '../../../../src/refresh/model/outcome';
import { DEFAULT_POLICY } from '../../../../src/refresh/model/policy';
import { evidenceEventFor, PRODUCTS, type Product } from '../../../../src/refresh/model/product';
import type { RefreshRequest } from '../../../../src/refresh/model/request';
import {
  beginCall,
  beginWait,
  recordCall,
  recordCallNotSent,
  recordEarlierCalls,
} from '../../../../src/refresh/record/record-call';
import { recordEvents, type RefreshEvent } from '../../../../src/refresh/record/record-event';
import { recordJoins } from '../../../../src/refresh/record/record-join';
import { beginRead, recordRead } from '../../../../src/refresh/record/record-read';
import { initialState, type RefreshState } from '../../../../src/refresh/state';
import { isPoll, isSameStep, type Step } from '../../../../src/refresh/step';
import { T0, aConnection, aJoin, ms } from './a-run';
import type { AggregationScript, CallScript, JoinScript, Scenario } from './scenario';

/** What happened, told by the world and not by the core. */
export interface Trace {
  /** One run, or several: a run that was reset or canceled, and the one after it. The last one has a result. */
  readonly runs: readonly RunTrace[];
  readonly wasReset: boolean;
  readonly result: RefreshResult;
  readonly sent: readonly TrueCall[];
  /** In their queue when the run was reset: they never left, and nobody can tell. */
  readonly lostInQueue: readonly LostCall[];
  readonly aggregations: readonly TrueAggregation[];
  /** Of each end of an aggregation that an open run was told of, by an event or a read: when it was first. */
  readonly noticedMs: ReadonlyMap<number, number>;
  /** By how much data may truly be older than what is told: the tolerance, and how far Meld's clock is ahead. */
  readonly toleranceMs: number;
  /** The end as each caller of the last run is told it. */
  readonly told: readonly Told[];
}

export interface RunTrace {
  readonly endedAtMs: number;
  readonly lastStepBeganMs: number;
  readonly deadlineMs: number;
  /** How long calls stood still before they left. */
  readonly pausedMs: number;
  /** The most 429s that the run had met when it waited for a window. */
  readonly limitsWaitedOut: number;
  readonly calls: readonly TrueCall[];
}

/** A POST that has left. */
export interface TrueCall {
  /** What the run counts from. */
  readonly decidedAtMs: number;
  readonly sentAtMs: number;
  readonly products: readonly string[] | null;
  /** As the run has booked it; `null` in a run that did not live to see the answer. */
  readonly booked: CallAnswer['answer'] | null;
  readonly charged: boolean;
  /** When its data is there; `null` when none comes. */
  readonly dataAtMs: number | null;
  readonly readAgeMs: number;
  readonly readSinceWait: boolean;
  readonly statusSeen: string;
  readonly knownWindowEndMs: number;
  /** Of this run, before it; and the limit that its callers have named by then. */
  readonly chargedBefore: number;
  readonly maxCharges: number;
  /** 0 for the first run. */
  readonly run: number;
}

interface LostCall extends Pick<TrueCall, 'decidedAtMs' | 'products'> {
  /** What Meld showed then. */
  readonly aggregatedBeforeMs: number;
}

interface TrueAggregation {
  readonly endedAtMs: number;
  /** By Meld's clock. */
  readonly datedAtMs: number;
  /** When the call for it was sent; `null` without one. */
  readonly sentAtMs: number | null;
  /** `null`: all. */
  readonly products: readonly string[] | null;
}

interface Caller {
  /** `null`: all. */
  readonly products: readonly string[] | null;
  readonly freshSinceMs: number;
  readonly maxCharges: number | null;
}

export interface Told extends Caller {
  readonly result: RefreshResult;
}

/** What the checker and the core know at the beginning of a step: a reset lives from there again. */
interface Moment {
  readonly state: RefreshState;
  readonly calls: readonly TrueCall[];
  readonly readSinceWait: boolean;
  readonly seen: Connection | null;
  readonly knownWindowEndMs: number;
  readonly delivered: number;
}

const HOUR = ms('1h');
const QUICK_READ = { takesMs: 100, lagMs: 0, report: 'found' } as const;
const QUICK_CALL: CallScript = {
  answer: 'accepted',
  carriedOut: true,
  pauseMs: 0,
  completedByHand: false,
  takesMs: 100,
  retryAfterMs: null,
  httpStatus: 400,
  aggregation: null,
};

/** Plays one refresh through that scenario: the workflow's loop with a simulated clock, Temporal and Meld. */
export function simulate(scenario: Scenario): Trace {
  const { clockOffsetMs, remembered, interruption } = scenario;
  let request: RefreshRequest = {
    ...scenario.request,
    ...(remembered && {
      lastCall: {
        sentAt: toText(T0 - remembered.agoMs),
        products: remembered.products,
        aggregatedBefore:
          scenario.aggregatedAgoMs === null || scenario.aggregatedAgoMs <= remembered.agoMs
            ? null
            : toText(T0 - scenario.aggregatedAgoMs + clockOffsetMs),
      },
    }),
  };
  let nowMs = T0;
  let state: RefreshState = initialState(request, T0);
  const { policy } = state;

  // Meld: what is true.
  const connection = { status: scenario.status };
  const aggregations: TrueAggregation[] = [];
  const shown: { sinceMs: number; aggregatedAtMs: number | null }[] = [];
  const sent: TrueCall[] = [];
  const lostInQueue: LostCall[] = [];
  const noticedMs = new Map<number, number>();
  const notice = (endedAtMs: number): void => {
    if (isOpen && !noticedMs.has(endedAtMs)) noticedMs.set(endedAtMs, nowMs);
  };
  if (scenario.aggregatedAgoMs !== null) {
    const endedAtMs = T0 - scenario.aggregatedAgoMs;
    aggregations.push({ endedAtMs, datedAtMs: endedAtMs + clockOffsetMs, sentAtMs: null, products: null });
    shown.push({ sinceMs: -Infinity, aggregatedAtMs: endedAtMs });
  }

  // Temporal: what reaches the run that is open.
  const happenings: { atMs: number; happen: () => void }[] = [];
  const delivered: ((before: RefreshState) => RefreshState)[] = [];
  let isOpen = true;
  const signal = (apply: (before: RefreshState) => RefreshState): void => {
    if (!isOpen) return;
    delivered.push(apply);
    state = apply(state);
  };
  let interrupted: 'no' | 'due' | 'done' = 'no';
  const isDue = (): boolean => interrupted === 'due';
  /** What the memo of the run tells of its last call. */
  let memo: LastCall | null = null;
  let memoBeforeReset: LastCall | null = null;

  // The run, as the checker sees it.
  const moments: Moment[] = [];
  const runs: RunTrace[] = [];
  let callers: Caller[] = [
    {
      products: request.products ?? null,
      freshSinceMs: state.terms.freshSinceMs,
      maxCharges: request.maxCharges ?? null,
    },
  ];
  let calls: readonly TrueCall[] = [];
  let pausedMs = 0;
  let limitsWaitedOut = 0;
  let readSinceWait = false;
  let seen: Connection | null = null;
  /** A join that will be refused counts, its deadline too, until the first good read shows that it must be. */
  let productsKnownMs = -Infinity;
  let knownWindowEndMs = request.notBefore === undefined ? -Infinity : Date.parse(request.notBefore);
  const firstShownMs = new Map<string, number>();
  const everyMs = scenario.provider === 'MX' ? 3 * HOUR : null;

  let eventIds = 0;
  const schedule = (atMs: number, happen: () => void): void => {
    happenings.push({ atMs, happen });
    happenings.sort((a, b) => a.atMs - b.atMs);
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
  /** Passes the time of an activity, which what arrives meanwhile may end. */
  const passUnless = (untilMs: number, isOver: () => boolean, stopWhen: () => boolean): 'over' | 'passed' => {
    const ended: 'over'[] = [];
    pass(untilMs, () => {
      if (isOver()) ended.push('over');
      return ended.length > 0 || stopWhen();
    });
    return ended[0] ?? 'passed';
  };
  const deliver = (kind: RefreshEvent['kind'], occurredAtMs: number, delaysMs: readonly number[]): void => {
    const eventId = `event-${eventIds++}`;
    for (const delayMs of delaysMs) {
      schedule(occurredAtMs + delayMs, () => {
        const event = { kind, eventId, occurredAtMs: occurredAtMs + clockOffsetMs };
        notice(occurredAtMs);
        signal((before) => recordEvents(before, [event], nowMs));
      });
    }
  };
  const aggregate = (
    script: AggregationScript,
    products: readonly Product[] | null,
    sentAtMs: number | null,
  ): void => {
    const endedAtMs = (sentAtMs ?? nowMs) + script.afterMs;
    const kinds = new Set((products ?? PRODUCTS).map(evidenceEventFor));
    schedule(endedAtMs, () => {
      aggregations.push({ endedAtMs, datedAtMs: endedAtMs + clockOffsetMs, sentAtMs, products });
      schedule(endedAtMs + script.shownAfterMs, () => {
        if ((shown.at(-1)?.aggregatedAtMs ?? -Infinity) < endedAtMs) {
          shown.push({ sinceMs: nowMs, aggregatedAtMs: endedAtMs });
        }
      });
      if (kinds.has('accounts_updated')) deliver('accounts_updated', endedAtMs, script.accountsDeliveredMs);
      if (kinds.has('transactions_aggregated')) {
        deliver('transactions_aggregated', endedAtMs, script.transactionsDeliveredMs);
      }
    });
  };
  const join = ({ ageMs, products, onRateLimit, onRepair, maxCharges }: JoinScript): void => {
    if (!isOpen) return;
    const wish = {
      joinId: `join-${callers.length}`,
      onRateLimit,
      onRepair,
      maxCharges,
      ...(products && { products }),
      ...(ageMs !== null && { freshSinceMs: nowMs - ageMs }),
    };
    const made = aJoin(wish, nowMs, state);
    callers.push({ products, freshSinceMs: made.terms.freshSinceMs, maxCharges });
    signal((before) => recordJoins(before, [made], nowMs));
  };

  for (const script of scenario.automatic)
    schedule(T0 + script.afterMs, () => aggregate({ ...script, afterMs: 0 }, null, null));
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
      // Of products that Meld has added since as well.
      const all = [...PRODUCTS, ...scenario.products];
      const products = all.filter((product) => evidenceEventFor(product) === kind);
      aggregations.push({ endedAtMs, datedAtMs: endedAtMs + clockOffsetMs, sentAtMs: null, products });
      deliver(kind, endedAtMs, [ageMs]);
    });
  }
  for (const script of scenario.joins) schedule(T0 + script.afterMs, () => join(script));
  const interrupt = (): void => {
    if (interrupted === 'no') interrupted = 'due';
  };
  if (interruption !== null && 'afterMs' in interruption) schedule(T0 + interruption.afterMs, interrupt);
  if (remembered !== null) {
    const { agoMs, products, aggregation } = remembered;
    sent.push({
      ...{
        decidedAtMs: T0 - agoMs,
        sentAtMs: T0 - agoMs,
        products,
        booked: 'accepted',
        charged: true,
        run: -1,
      },
      dataAtMs: aggregation === null ? null : T0 - agoMs + aggregation.afterMs,
      ...{ readAgeMs: 0, readSinceWait: true, statusSeen: 'ACTIVE', knownWindowEndMs: -Infinity },
      ...{ chargedBefore: 0, maxCharges: 1 },
    });
    if (aggregation !== null) aggregate(aggregation, products, T0 - agoMs);
  }

  let readsDone = 0;
  let callsDone = 0;
  let joinedAtEnd = false;

  const read = (kind: 'deciding' | 'poll' | 'closing'): ReadReport => {
    const script = scenario.reads[readsDone++] ?? QUICK_READ;
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
    const isOver = () => kind === 'deciding' && isDone(state, nowMs);
    if (passUnless(nowMs + script.takesMs, isOver, isDue) === 'over')
      return { read: 'unavailable', message: 'the data came before an answer did.' };
    switch (report) {
      case 'found':
        if (aggregatedAtMs !== null) notice(aggregatedAtMs);
        return { read: 'found', connection: found };
      case 'unavailable':
        return { read: 'unavailable', message: `The ${kind} read failed.` };
      case 'not_found':
        return { read: 'not_found', requestId: null };
      case 'rate_limited':
        return { read: 'rate_limited', retryAfterMs: 90_000 };
      case 'access_denied':
      case 'rejected':
        return { read: report, httpStatus: 401, requestId: null };
      case 'rubbish':
        return parseReadReport({});
    }
  };

  /** The activity of the charged call, the answer that the run books, and what truly became of it. */
  const send = (step: Extract<Step, { step: 'call' }>): void => {
    const script = scenario.calls[callsDone] ?? QUICK_CALL;
    if (interruption !== null && 'inCall' in interruption && interruption.inCall === callsDone) {
      schedule(nowMs + script.pauseMs + Math.floor(script.takesMs / 2), interrupt);
    }
    callsDone += 1;
    const decidedAtMs = nowMs;
    const readAtMs = state.connection.currentSinceMs ?? nowMs;
    const known = callsThatMayHaveRun(state.calls).at(-1);
    state = beginCall(state, step.products, decidedAtMs);
    memo = toProgress(state, step, nowMs).lastCall;
    readSinceWait = false;
    const { answer } = script;
    if (answer === 'not_sent') {
      pass(nowMs + Math.max(ms('10s'), Math.min(ms('5m'), state.terms.deadlineMs - nowMs)));
      state = recordCallNotSent(state, nowMs);
      return;
    }
    const isWithdrawn = (): boolean => isDue() || isDone(state, nowMs) || !isCallStillDue(state, nowMs);
    const queued = passUnless(nowMs + script.pauseMs, isWithdrawn, isDue);
    pausedMs += nowMs - decidedAtMs;
    if (isDue() && interruption?.kind === 'reset') {
      const aggregatedBeforeMs = Date.parse(seen?.successfullyAggregatedAt ?? '');
      lostInQueue.push({ decidedAtMs, products: step.products, aggregatedBeforeMs });
      return;
    }
    if (queued === 'over') {
      state = recordCallNotSent(state, nowMs);
      return;
    }
    if (memoBeforeReset !== null && Date.parse(memoBeforeReset.sentAt) > (known?.sentAtMs ?? -Infinity)) {
      state = recordCallNotSent(state, nowMs, memoBeforeReset);
      return;
    }
    if (nowMs - readAtMs > policy.readMaxAgeMs) {
      state = recordCallNotSent(state, nowMs);
      return;
    }

    const carriedOut = answer === 'accepted' || (answer === 'unknown' && script.carriedOut);
    const aggregation = carriedOut ? script.aggregation : null;
    const call: TrueCall = {
      decidedAtMs,
      sentAtMs: nowMs,
      products: step.products,
      booked: null,
      charged: carriedOut,
      dataAtMs: aggregation === null ? null : nowMs + aggregation.afterMs,
      readAgeMs: nowMs - readAtMs,
      readSinceWait: moments.at(-1)?.readSinceWait ?? false,
      statusSeen: seen?.status ?? 'none',
      knownWindowEndMs,
      chargedBefore: calls.filter(({ charged }) => charged).length,
      maxCharges: limitOf(callers, scenario.products, policy.maxCharges),
      run: runs.length,
    };
    sent.push(call);
    calls = [...calls, call];
    if (aggregation !== null) aggregate(aggregation, step.products, call.sentAtMs);
    const ended = passUnless(
      nowMs + script.takesMs,
      () => isDone(state, nowMs),
      () => isDue() && interruption?.kind === 'reset',
    );
    if (isDue() && interruption?.kind === 'reset') return;
    const booked =
      ended === 'over' || script.completedByHand
        ? parseCallAnswer({})
        : answerOf(answer, script, toText(call.sentAtMs));
    if (booked.answer === 'not_sent') throw new Error('an answer that was sent');
    calls = [...calls.slice(0, -1), { ...call, booked: booked.answer }];
    sent[sent.indexOf(call)] = { ...call, booked: booked.answer };
    if (booked.answer === 'accepted' && everyMs !== null) {
      knownWindowEndMs = Math.max(knownWindowEndMs, call.sentAtMs + everyMs);
    }
    if (booked.answer === 'rate_limited') {
      const leastMs = Math.max(script.retryAfterMs ?? 0, ms('1m'));
      knownWindowEndMs = Math.max(knownWindowEndMs, nowMs + leastMs);
    }
    state = recordCall(state, booked, nowMs, scenario.random);
  };

  const endRun = (lastStepBeganMs: number): void => {
    const deadlineMs = Math.max(state.terms.deadlineMs, productsKnownMs);
    runs.push({ endedAtMs: nowMs, lastStepBeganMs, deadlineMs, pausedMs, limitsWaitedOut, calls });
    pausedMs = 0;
    limitsWaitedOut = 0;
  };

  /** A reset lives a part of the run again and hears all signals since then; after a cancel somebody asks again. */
  const beginAgain = (step: Step): void => {
    interrupted = 'done';
    endRun(nowMs);
    if (interruption?.kind === 'reset') {
      const moment = moments[Math.floor(interruption.keeps * (moments.length - 1))];
      if (moment === undefined) throw new Error('nothing to reset to');
      memoBeforeReset = memo;
      ({ state, calls, readSinceWait, seen, knownWindowEndMs } = moment);
      for (const apply of delivered.slice(moment.delivered)) state = apply(state);
      return;
    }
    isOpen = false;
    const { lastCall, nextAllowedAt } = toProgress(state, step, nowMs);
    pass(nowMs + (interruption?.kind === 'cancel' ? interruption.nextAfterMs : 0));
    isOpen = true;
    const { lastCall: _call, notBefore: _window, ...wish } = request;
    request = {
      ...wish,
      ...(lastCall !== null && { lastCall }),
      ...(nextAllowedAt !== null && { notBefore: nextAllowedAt }),
    };
    state = initialState(request, nowMs);
    const { freshSinceMs } = state.terms;
    callers = [{ products: request.products ?? null, freshSinceMs, maxCharges: request.maxCharges ?? null }];
    calls = [];
    readSinceWait = false;
    seen = null;
    productsKnownMs = -Infinity;
    knownWindowEndMs = nextAllowedAt === null ? -Infinity : Date.parse(nextAllowedAt);
    delivered.length = 0;
    firstShownMs.clear();
  };

  for (let steps = 0; steps < 3_000; steps++) {
    if (isDue() && moments.length > 0) beginAgain(decide(state, nowMs).step);
    const decided = decide(state, nowMs);
    const { step } = decided;
    state = decided.state;
    if (step.step === 'finish') {
      state = recordEarlierCalls(state, memoBeforeReset, nowMs);
      if (state !== decided.state) continue;
    }
    moments.push({ state, calls, readSinceWait, seen, knownWindowEndMs, delivered: delivered.length });
    const beganMs = nowMs;
    if (step.step === 'wait' || step.step === 'finish' || isPoll(step)) {
      memo = toProgress(state, step, nowMs).lastCall;
    }
    switch (step.step) {
      case 'read': {
        state = beginRead(state, nowMs);
        const report = read(step.kind);
        if (isDue()) break;
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
      case 'call':
        send(step);
        break;
      case 'wait': {
        if (step.phase === 'waiting_for_window') {
          limitsWaitedOut = calls.filter(({ booked }) => booked === 'rate_limited').length;
        }
        state = beginWait(state);
        readSinceWait = false;
        pass(step.untilMs, () => {
          if (isDue()) return true;
          const next = decide(state, nowMs);
          state = next.state;
          return !isSameStep(next.step, step);
        });
        break;
      }
      case 'finish': {
        if (scenario.joinAtEnd !== null && !joinedAtEnd) {
          joinedAtEnd = true;
          pass(nowMs + 12);
          join(scenario.joinAtEnd);
          break;
        }
        endRun(beganMs);
        const { result } = step;
        return {
          runs,
          wasReset: runs.length > 1 && interruption?.kind === 'reset',
          result,
          sent,
          lostInQueue,
          aggregations,
          noticedMs,
          toleranceMs: policy.clockToleranceMs + Math.max(0, clockOffsetMs),
          told: callers.map((caller) => ({
            ...caller,
            result: answerFor(result, {
              ...(caller.products && { products: caller.products }),
              freshSince: toText(caller.freshSinceMs),
            }),
          })),
        };
      }
    }
  }
  throw new Error('the refresh goes round and round');
}

/** The largest limit that was named; silence raises none. One who names what the connection lacks names no limit. */
function limitOf(callers: readonly Caller[], products: readonly string[], ofPolicy: number): number {
  const isAccepted = (caller: Caller): boolean =>
    products.length === 0 || (caller.products ?? []).every((product) => products.includes(product));
  const [first = null, ...others] = callers.filter(isAccepted).map(({ maxCharges }) => maxCharges);
  const limit = others.reduce(
    (most, named) => (named === null ? most : Math.max(most ?? ofPolicy, named)),
    first,
  );
  return limit ?? ofPolicy;
}

/** How long the data of a call is awaited before another may be made. */
export const COMPLETION_WAIT_MS = durationMs(DEFAULT_POLICY.completionWait) ?? 0;
export const UNKNOWN_ANSWER_WAIT_MS = durationMs(DEFAULT_POLICY.unknownAnswerWait) ?? 0;
export const CLOCK_TOLERANCE_MS = durationMs(DEFAULT_POLICY.clockTolerance) ?? 0;
export const READ_MAX_AGE_MS = durationMs(DEFAULT_POLICY.readMaxAge) ?? 0;

const toText = (atMs: number): string => new Date(atMs).toISOString();

function answerOf(
  answer: Exclude<CallAnswer['answer'], 'not_sent'>,
  { retryAfterMs, httpStatus }: CallScript,
  sentAt: string,
): CallAnswer {
  const common = { requestId: 'req-1', sentAt };
  switch (answer) {
    case 'accepted':
      return { answer, httpStatus: 200, ...common };
    case 'conflict':
      return { answer, httpStatus: 409, ...common };
    case 'rate_limited':
      return { answer, httpStatus: 429, ...common, retryAfterMs };
    case 'server_error':
      return { answer, httpStatus: 503, ...common, retryAfterMs };
    case 'unknown':
      return { answer, httpStatus: retryAfterMs === null ? null : 504, sentAt, requestId: null };
    case 'rejected':
      return { answer, httpStatus, ...common };
    case 'not_found':
      return { answer, httpStatus: 404, ...common };
  }
}
