import type { CallAnswer, Connection, ReadReport } from '../../src/refresh/model/connection';
import { refreshabilityOf } from '../../src/refresh/model/connection-status';
import { toInstant } from '../../src/refresh/model/instant';
import type { RefreshResult } from '../../src/refresh/model/outcome';
import type { RefreshRequest } from '../../src/refresh/model/request';
import type { Join } from '../../src/refresh/input/parse-request';
import type { RefreshEvent } from '../../src/refresh/record-event';
import type { RefreshState } from '../../src/refresh/state';
import type { Step } from '../../src/refresh/step';
import type { Core } from './core';

/** When every run of the search begins. */
export const T0 = Date.parse('2026-03-01T12:00:00.000Z');
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

/** One state of the search: the core's own, and what a bystander has seen happen. */
export interface World {
  readonly nowMs: number;
  readonly state: RefreshState;
  readonly step: Step;
  /** Whether the read or the call of `step` is under way. */
  readonly underWay: boolean;
  readonly seen: Seen;
}

/** What the invariants are judged by; nothing of it comes from the core. */
interface Seen {
  /** The youngest event of each kind, and the youngest timestamp that a read has shown. */
  readonly accountsMs: number;
  readonly transactionsMs: number;
  readonly timestampMs: number;
  /** Of the last good read; a call is made on it. */
  readonly status: string | null;
  readonly readSinceWait: boolean;
  readonly windowEndMs: number;
  /** The earliest call that may have run. */
  readonly sentAtMs: number | null;
  readonly mayBeCharged: number;
  /** How many came: what makes the next one's id. */
  readonly events: number;
  readonly joins: number;
}

export interface Scenario {
  readonly name: string;
  readonly request: RefreshRequest;
  readonly products: readonly string[];
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'all products, windows waited for',
    request: { connectionId: 'c', giveUpAfter: '3h', policy: { maxCharges: 2 } },
    products: ['BALANCES', 'TRANSACTIONS'],
  },
  {
    name: 'one product and one charge, repair waited for',
    request: {
      connectionId: 'c',
      products: ['BALANCES'],
      maxCharges: 1,
      onRepair: 'wait',
      giveUpAfter: '2h',
    },
    products: ['BALANCES'],
  },
];

export function begin(core: Core, { request }: Scenario): World {
  return decided(core, {
    nowMs: T0,
    state: core.initialState(request, T0),
    underWay: false,
    seen: {
      accountsMs: -Infinity,
      transactionsMs: -Infinity,
      timestampMs: -Infinity,
      status: null,
      readSinceWait: false,
      windowEndMs: -Infinity,
      sentAtMs: null,
      mayBeCharged: 0,
      events: 0,
      joins: 0,
    },
  });
}

/** Everything that may happen next: its name, and the world after it. */
export function happenings(
  core: Core,
  scenario: Scenario,
  world: World,
): readonly (readonly [string, World])[] {
  const { step, underWay } = world;
  if (step.step === 'finish') return [];
  const arriving = arrivals(core, world);
  if (step.step === 'wait') return [['time passes', wait(core, world)], ...arriving];
  if (!underWay)
    return [[step.step === 'call' ? 'the call leaves' : 'a read leaves', leave(core, world)], ...arriving];
  const answered = step.step === 'call' ? answers(core, world) : reports(core, scenario, world);
  return [...answered, ...arriving];
}

/** What is wrong with what this world is about to do, or has ended with; `null` when nothing is. */
export function violationOf({ step, seen, nowMs, state, underWay }: World): string | null {
  const { policy, terms } = state;
  if (step.step === 'call' && !underWay) {
    if (seen.status === null || refreshabilityOf(seen.status) !== 'refreshable')
      return `a call in status ${seen.status}`;
    if (!seen.readSinceWait) return 'a call without a read since the last wait';
    if (nowMs < seen.windowEndMs) return 'a call inside a known window';
    if (seen.mayBeCharged >= (terms.maxCharges ?? policy.maxCharges)) return 'a call over the charge limit';
  }
  const booked = state.calls.made.filter(({ answer }) => answer === 'accepted' || answer === 'unknown');
  if (booked.length !== seen.mayBeCharged) return 'the ledger is not what happened';
  if (step.step === 'finish') return wrongEnding(step.result, seen, state);
  // Reads and calls of the last moment may take a little.
  if (nowMs > terms.deadlineMs + 120 * SECOND_MS) return 'no end by the deadline';
  return null;
}

function wrongEnding(result: RefreshResult, seen: Seen, { terms, policy }: RefreshState): string | null {
  if (result.calls.filter((call) => call.mayBeCharged).length !== seen.mayBeCharged)
    return 'the ledger is not what happened';
  if (result.outcome !== 'refreshed' && result.outcome !== 'already_fresh') return null;
  const earliestMs = Math.min(terms.freshSinceMs, seen.sentAtMs ?? Infinity) - policy.clockToleranceMs;
  const products = Object.keys(result.evidence);
  if (products.length === 0) return `${result.outcome} with no product`;
  for (const product of products) {
    const eventMs = product === 'TRANSACTIONS' ? seen.transactionsMs : seen.accountsMs;
    if (Math.max(eventMs, seen.timestampMs) < earliestMs)
      return `${result.outcome} without evidence for ${product}`;
  }
  return null;
}

type Undecided = Omit<World, 'step'>;

function decided(core: Core, world: Undecided): World {
  const { state, step } = core.decide(world.state, world.nowMs);
  return { ...world, state, step };
}

/** What arrives leaves what is under way alone, unless it is over: a poll or a wait that has become another step. */
function arrived(core: Core, world: World, state: RefreshState, seen: Partial<Seen>): World {
  const next = { ...world, state, seen: { ...world.seen, ...seen } };
  return world.underWay ? next : decided(core, next);
}

function wait(core: Core, world: World): World {
  if (world.step.step !== 'wait') throw new Error('nothing is waited for');
  const nowMs = Math.max(world.nowMs + 1, world.step.untilMs);
  const seen = { ...world.seen, readSinceWait: false };
  return decided(core, { ...world, nowMs, state: core.beginWait(world.state), underWay: false, seen });
}

function leave(core: Core, world: World): World {
  const { step, state, nowMs } = world;
  if (step.step === 'call')
    return { ...world, underWay: true, state: core.beginCall(state, step.products, nowMs) };
  return { ...world, underWay: true, state: core.beginRead(state, nowMs) };
}

function reports(core: Core, { products }: Scenario, world: World): readonly (readonly [string, World])[] {
  const { step } = world;
  if (step.step !== 'read') return [];
  // A poll finds its change only at one of its instants.
  const nowMs =
    step.kind === 'poll' ? Math.min(step.untilMs, world.nowMs + 30 * SECOND_MS) : world.nowMs + SECOND_MS;
  const found = (over: Partial<Connection>): ReadReport => ({
    read: 'found',
    connection: {
      id: 'c',
      status: 'ACTIVE',
      statusReason: null,
      serviceProvider: 'PLAID',
      institutionName: null,
      customerId: null,
      products,
      optionalProducts: [],
      successfullyAggregatedAt: toInstant(Math.max(world.seen.timestampMs, T0 - 6 * HOUR_MS)),
      ...over,
    },
  });
  const kinds: readonly (readonly [string, ReadReport])[] = [
    ['nothing new', found({})],
    ['a fresh timestamp', found({ successfullyAggregatedAt: toInstant(nowMs) })],
    ['RECONNECT_REQUIRED', found({ status: 'RECONNECT_REQUIRED' })],
    ['IN_PROGRESS', found({ status: 'IN_PROGRESS' })],
    ['DEGRADED', found({ status: 'DEGRADED' })],
    ['DELETED', found({ status: 'DELETED' })],
    ['404', { read: 'not_found', requestId: null }],
    ['403', { read: 'access_denied', httpStatus: 403, requestId: null }],
    ['429', { read: 'rate_limited', retryAfterMs: 60 * SECOND_MS }],
    ['no answer', { read: 'unavailable', message: 'Meld answered 503.' }],
  ];
  return kinds.map(([name, report]) => {
    const status = report.read === 'found' ? report.connection.status : world.seen.status;
    const at = report.read === 'found' ? report.connection.successfullyAggregatedAt : null;
    const seen: Seen = {
      ...world.seen,
      status,
      readSinceWait: world.seen.readSinceWait || report.read === 'found',
      timestampMs: Math.max(world.seen.timestampMs, at === null ? -Infinity : Date.parse(at)),
    };
    const state = core.recordRead(world.state, report, nowMs, step.kind);
    return [`the ${step.kind} read shows ${name}`, decided(core, { nowMs, state, underWay: false, seen })];
  });
}

function answers(core: Core, world: World): readonly (readonly [string, World])[] {
  const nowMs = world.nowMs + SECOND_MS;
  const none = { requestId: null };
  const kinds: readonly Exclude<CallAnswer, { answer: 'not_sent' }>[] = [
    { answer: 'accepted', httpStatus: 200, ...none },
    { answer: 'conflict', httpStatus: 409, ...none },
    { answer: 'rate_limited', httpStatus: 429, ...none, retryAfterMs: 600 * SECOND_MS },
    { answer: 'rate_limited', httpStatus: 429, ...none, retryAfterMs: null },
    { answer: 'server_error', httpStatus: 503, ...none, retryAfterMs: null },
    { answer: 'unknown', httpStatus: null, ...none },
    { answer: 'rejected', httpStatus: 400, ...none },
    { answer: 'not_found', httpStatus: 404, ...none },
  ];
  const told = kinds.map((answer): readonly [string, World] => {
    const mayRun = answer.answer === 'accepted' || answer.answer === 'unknown';
    const windowMs = answer.answer === 'rate_limited' ? (answer.retryAfterMs ?? HOUR_MS) : -Infinity;
    const seen: Seen = {
      ...world.seen,
      mayBeCharged: world.seen.mayBeCharged + (mayRun ? 1 : 0),
      windowEndMs: Math.max(world.seen.windowEndMs, nowMs + windowMs),
      sentAtMs: world.seen.sentAtMs ?? (mayRun || answer.answer === 'conflict' ? world.nowMs : null),
    };
    const state = core.recordCall(world.state, answer, nowMs, 0);
    const name = 'retryAfterMs' in answer && answer.retryAfterMs !== null ? ' with Retry-After' : '';
    return [
      `the call is answered ${answer.answer}${name}`,
      decided(core, { nowMs, state, underWay: false, seen }),
    ];
  });
  const state = core.recordCallNotSent(world.state, nowMs);
  return [
    ...told,
    ['the call was not sent', decided(core, { nowMs, state, underWay: false, seen: world.seen })],
  ];
}

/** Webhooks fresh, stale and doubled, and another caller. */
function arrivals(core: Core, world: World): readonly (readonly [string, World])[] {
  const { nowMs, state, seen } = world;
  const kinds: readonly (readonly [RefreshEvent['kind'], string, number])[] = [
    ['accounts_updated', 'fresh', nowMs],
    ['accounts_updated', 'stale', T0 - HOUR_MS],
    ['transactions_aggregated', 'fresh', nowMs],
    ['transactions_aggregated', 'stale', T0 - HOUR_MS],
    ['status_changed', 'fresh', nowMs],
  ];
  const events = kinds.map(([kind, age, occurredAtMs]): readonly [string, World] => {
    const event = {
      kind,
      occurredAtMs,
      eventId: `${kind} ${seen.events}`,
    };
    const delivered = { events: seen.events + 1 };
    const youngest =
      kind === 'accounts_updated'
        ? { accountsMs: Math.max(seen.accountsMs, occurredAtMs) }
        : kind === 'transactions_aggregated'
          ? { transactionsMs: Math.max(seen.transactionsMs, occurredAtMs) }
          : {};
    // Delivered twice each: a duplicate changes nothing.
    const next = core.recordEvents(core.recordEvents(state, [event], nowMs), [event], nowMs);
    return [`${kind} comes, ${age}, twice`, arrived(core, world, next, { ...delivered, ...youngest })];
  });
  if (seen.joins > 0) return events;
  const { policy } = state;
  const join: Join = {
    joinId: 'j',
    requestedAtMs: nowMs,
    request: {},
    terms: {
      allProducts: true,
      products: [],
      freshSinceMs: nowMs - policy.coalesceMs,
      deadlineMs: nowMs + HOUR_MS,
      onRateLimit: 'wait',
      onRepair: 'return',
      maxCharges: null,
    },
  };
  return [
    ...events,
    ['another caller joins', arrived(core, world, core.recordJoins(state, [join], nowMs), { joins: 1 })],
  ];
}
