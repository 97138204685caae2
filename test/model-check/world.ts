import type { CallAnswer, ReadReport } from '../../src/refresh/model/connection';
import { refreshabilityOf } from '../../src/refresh/model/connection-status';
import { evidenceEventFor } from '../../src/refresh/model/product';
import type { RefreshEvent } from '../../src/refresh/record/record-event';
import type { RefreshRequest } from '../../src/refresh/model/request';
import { type RefreshState, initialState } from '../../src/refresh/state';
import type { Step } from '../../src/refresh/step';
import { T0, aConnection, aJoin, ms, type Wish } from '../unit/refresh/support/a-run';
import type { Core } from './core';
import { POLICY } from './requests';

/** A moment of a run at which something can happen: what the core knows, and what is true beside it. */
export interface World {
  readonly nowMs: number;
  readonly state: RefreshState;
  /** What is being carried out. */
  readonly step: Step;
  readonly truth: Truth;
}

/** Kept by the checker from what happened, never from the state of the core. */
interface Truth {
  readonly status: string | null;
  readonly readSinceWait: boolean;
  readonly newsSinceRead: boolean;
  readonly windowUntilMs: number;
  readonly charged: number;
  readonly maxCharges: number | null;
  readonly freshSinceMs: number;
  readonly latest: Readonly<Record<'accounts_updated' | 'transactions_aggregated' | 'timestamp', number>>;
  readonly lastEvent: RefreshEvent | null;
  readonly joins: number;
  /** Steps since the deadline: an end must be near. */
  readonly stepsTooLate: number;
}

export class Violation extends Error {}

const LATEST_BEFORE = T0 - ms('6h');
const PRODUCTS = ['BALANCES', 'TRANSACTIONS'];
/** 6: the read under way, the final one, one for each piece of news that came with it, and the end. */
const MOST_STEPS_TOO_LATE = 6;
const MOST_JOINS = 2;

export function beginning(core: Core, asked: Partial<RefreshRequest>): World {
  const request: RefreshRequest = { connectionId: 'conn-1', policy: POLICY, ...asked };
  const state = initialState(request, T0);
  const truth: Truth = {
    status: null,
    readSinceWait: false,
    newsSinceRead: false,
    windowUntilMs: request.notBefore === undefined ? -Infinity : Date.parse(request.notBefore),
    charged: 0,
    maxCharges: request.maxCharges ?? null,
    freshSinceMs: state.terms.freshSinceMs,
    latest: { accounts_updated: -Infinity, transactions_aggregated: -Infinity, timestamp: -Infinity },
    lastEvent: null,
    joins: 0,
    stepsTooLate: 0,
  };
  return goOn(core, { nowMs: T0, state, truth });
}

/** The core decides, the decision is judged, and its step begins. */
function goOn(core: Core, { nowMs, state: before, truth }: Omit<World, 'step'>): World {
  const { state, step } = core.decide(before, nowMs);
  const isLate = nowMs >= state.terms.deadlineMs;
  const judged = { ...truth, stepsTooLate: isLate ? truth.stepsTooLate + 1 : 0 };
  judge(step, state, judged, nowMs);
  switch (step.step) {
    case 'read':
      return step.kind === 'poll'
        ? { nowMs, state, step, truth: judged }
        : {
            nowMs,
            state: core.beginRead(state, nowMs),
            step,
            truth: { ...judged, newsSinceRead: false },
          };
    case 'call':
      return { nowMs, state: core.beginCall(state, step.products, nowMs), step, truth: judged };
    case 'wait':
      return { nowMs, state: core.beginWait(state), step, truth: { ...judged, readSinceWait: false } };
    case 'finish':
      return { nowMs, state, step, truth: judged };
  }
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Violation(what);
}

function judge(step: Step, { terms, policy }: RefreshState, truth: Truth, nowMs: number): void {
  must(truth.stepsTooLate <= MOST_STEPS_TOO_LATE, 'the run does not end after its deadline');
  if (step.step === 'wait') {
    must(step.untilMs > nowMs && step.untilMs <= terms.deadlineMs, 'a wait that ends at once or too late');
  }
  if (step.step === 'call') {
    must(refreshabilityOf(truth.status ?? 'DELETED') === 'refreshable', `a call in status ${truth.status}`);
    must(nowMs >= truth.windowUntilMs, 'a call inside a known window');
    must(truth.charged < (truth.maxCharges ?? policy.maxCharges), 'a call over the charge limit');
    must(truth.readSinceWait, 'a call without a read since the last wait');
    must(!truth.newsSinceRead, 'a call without a read since the last news');
    must(nowMs < terms.deadlineMs, 'a call after the deadline');
  }
  if (step.step !== 'finish') return;
  const { result } = step;
  if (result.outcome !== 'refreshed' && result.outcome !== 'already_fresh') return;
  const wanted = terms.allProducts ? PRODUCTS : terms.products;
  const sinceMs = truth.freshSinceMs;
  for (const product of wanted) {
    must(Object.hasOwn(result.evidence, product), `${result.outcome} without evidence of ${product}`);
    must(
      truth.latest[evidenceEventFor(product)] >= sinceMs - policy.clockToleranceMs ||
        truth.latest.timestamp >= sinceMs,
      `${result.outcome} without data of ${product} since freshSince`,
    );
  }
}

export interface Happening {
  readonly name: string;
  readonly happen: (core: Core) => World;
}

/** All that can happen at this moment. After a finish: only what reaches a run that has not closed yet. */
export function happenings(world: World): readonly Happening[] {
  const { step, truth } = world;
  return [
    ...answers(world),
    ...news(world),
    ...(truth.joins < MOST_JOINS && step.step !== 'finish' ? joins(world) : []),
    ...(step.step === 'finish' && truth.joins < MOST_JOINS ? joins(world).slice(0, 1) : []),
  ];
}

function answers(world: World): readonly Happening[] {
  const { step, nowMs } = world;
  switch (step.step) {
    case 'finish':
      return [];
    case 'wait':
      return [passing(world, step.untilMs)];
    case 'read':
      return [
        ...reports(nowMs).map(([name, report]) => ({
          name: `read: ${name}`,
          happen: (core: Core) => afterRead(core, world, report, step.kind),
        })),
        ...(step.kind === 'poll' ? [passing(world, step.untilMs)] : []),
      ];
    case 'call':
      return CALL_ANSWERS.map((answer) => ({
        name: `answer: ${answer.answer}`,
        happen: (core: Core) => afterCall(core, world, answer),
      }));
  }
}

const passing = (world: World, untilMs: number): Happening => ({
  name: `time passes until +${Math.round((untilMs - T0) / 1_000)} s`,
  happen: (core) => goOn(core, { ...world, nowMs: untilMs }),
});

function reports(nowMs: number): readonly (readonly [string, ReadReport])[] {
  const found = (status: string, atMs: number): ReadReport => ({
    read: 'found',
    connection: aConnection({ status, successfullyAggregatedAt: new Date(atMs).toISOString() }),
  });
  return [
    ['ACTIVE, nothing new', found('ACTIVE', LATEST_BEFORE)],
    ['ACTIVE, aggregated now', found('ACTIVE', nowMs)],
    ['RECONNECT_REQUIRED', found('RECONNECT_REQUIRED', LATEST_BEFORE)],
    ['IN_PROGRESS', found('IN_PROGRESS', LATEST_BEFORE)],
    ['DEGRADED', found('DEGRADED', LATEST_BEFORE)],
    ['dated a day ahead', found('ACTIVE', nowMs + ms('24h'))],
    ['404', { read: 'not_found', requestId: null }],
    ['403', { read: 'access_denied', httpStatus: 403, requestId: null }],
    ['429 for 5 min', { read: 'rate_limited', retryAfterMs: ms('5m') }],
    ['failing', { read: 'unavailable', message: 'Away.' }],
  ];
}

const RETRY_AFTER_MS = ms('10m');
const CALL_ANSWERS: readonly CallAnswer[] = [
  { answer: 'accepted', httpStatus: 200, requestId: null },
  { answer: 'unknown', httpStatus: 504, requestId: null },
  { answer: 'conflict', httpStatus: 409, requestId: null },
  { answer: 'rate_limited', httpStatus: 429, requestId: null, retryAfterMs: RETRY_AFTER_MS },
  { answer: 'server_error', httpStatus: 503, requestId: null, retryAfterMs: null },
  { answer: 'rejected', httpStatus: 422, requestId: null },
  { answer: 'not_sent', why: 'too old', lastCall: null },
];

function afterRead(
  core: Core,
  world: World,
  report: ReadReport,
  kind: 'deciding' | 'poll' | 'closing',
): World {
  const { nowMs, truth } = world;
  // A poll goes on for long: its answer shows the connection of now, and what came since it began stays unread.
  const begun =
    kind === 'poll' ? { ...core.beginRead(world.state, nowMs), events: world.state.events } : world.state;
  const state = core.recordRead(begun, report, nowMs, kind);
  const shownMs =
    report.read === 'found' ? Date.parse(report.connection.successfullyAggregatedAt ?? '') : -Infinity;
  const timestamp = shownMs > nowMs ? -Infinity : shownMs;
  return goOn(core, {
    nowMs,
    state,
    truth: {
      ...truth,
      status: report.read === 'found' ? report.connection.status : truth.status,
      readSinceWait: report.read === 'found',
      latest: { ...truth.latest, timestamp: Math.max(truth.latest.timestamp, timestamp) },
    },
  });
}

function afterCall(core: Core, world: World, answer: CallAnswer): World {
  const { nowMs, truth } = world;
  if (answer.answer === 'not_sent') {
    const state = core.recordCallNotSent(world.state, nowMs);
    return goOn(core, { nowMs, state, truth: { ...truth, readSinceWait: false } });
  }
  return goOn(core, {
    nowMs,
    state: core.recordCall(world.state, answer, nowMs, 0),
    truth: {
      ...truth,
      readSinceWait: false,
      charged: truth.charged + (answer.answer === 'accepted' || answer.answer === 'unknown' ? 1 : 0),
      windowUntilMs: answer.answer === 'rate_limited' ? nowMs + RETRY_AFTER_MS : truth.windowUntilMs,
    },
  });
}

function news(world: World): readonly Happening[] {
  const { nowMs, truth } = world;
  const stale = LATEST_BEFORE;
  const events: readonly (readonly [string, RefreshEvent])[] = [
    ['accounts event', { kind: 'accounts_updated', eventId: `a${nowMs}`, occurredAtMs: nowMs }],
    ['stale accounts event', { kind: 'accounts_updated', eventId: 'a-stale', occurredAtMs: stale }],
    ['transactions event', { kind: 'transactions_aggregated', eventId: `t${nowMs}`, occurredAtMs: nowMs }],
    [
      'stale transactions event',
      { kind: 'transactions_aggregated', eventId: 't-stale', occurredAtMs: stale },
    ],
    ['status event', { kind: 'status_changed', eventId: `s${nowMs}`, occurredAtMs: nowMs }],
    ...(truth.lastEvent === null ? [] : [['the last event again', truth.lastEvent] as const]),
  ];
  return events.map(([name, event]) => ({
    name,
    happen: (core: Core) => {
      const isNew = !world.state.events.seenIds.has(event.eventId);
      const { latest } = truth;
      return afterNews(core, world, {
        state: core.recordEvents(world.state, [event], nowMs),
        truth: {
          ...truth,
          newsSinceRead: truth.newsSinceRead || isNew,
          lastEvent: event,
          latest:
            event.kind === 'status_changed'
              ? latest
              : { ...latest, [event.kind]: Math.max(latest[event.kind], event.occurredAtMs) },
        },
      });
    },
  }));
}

const WISHES: Readonly<Record<string, Wish>> = {
  'join: all, from now on': {},
  'join: balances, two charges, patient': { products: ['BALANCES'], maxCharges: 2, onRepair: 'wait' },
  'join: a product that is lacking': { products: ['OWNERS'], maxCharges: 9 },
};

function joins(world: World): readonly Happening[] {
  const { nowMs, truth } = world;
  return Object.entries(WISHES).map(([name, wish]) => ({
    name,
    happen: (core: Core) => {
      const join = aJoin({ ...wish, joinId: `join ${truth.joins}` }, nowMs, world.state);
      const { freshSinceMs, maxCharges, products } = join.terms;
      const lacking = products.some((product) => !PRODUCTS.includes(product));
      const raised = Math.max(truth.maxCharges ?? world.state.policy.maxCharges, maxCharges ?? 0);
      return afterNews(core, world, {
        state: core.recordJoins(world.state, [join], nowMs),
        truth: {
          ...truth,
          joins: truth.joins + 1,
          ...(!lacking && {
            freshSinceMs: Math.max(truth.freshSinceMs, freshSinceMs),
            maxCharges: maxCharges === null ? truth.maxCharges : raised,
          }),
        },
      });
    },
  }));
}

/** While a read or the call is under way nothing else begins; otherwise news makes the core decide again. */
function afterNews(core: Core, world: World, news: Pick<World, 'state' | 'truth'>): World {
  const { step } = world;
  const isBusy = step.step === 'call' || (step.step === 'read' && step.kind !== 'poll');
  return isBusy ? { ...world, ...news } : goOn(core, { nowMs: world.nowMs, ...news });
}
