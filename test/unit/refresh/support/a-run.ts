import type { Connection, ReadReport, SentAnswer } from '../../../../src/refresh/model/connection';
import { durationMs } from '../../../../src/refresh/model/duration';
import { decide } from '../../../../src/refresh/decide';
import type { Step } from '../../../../src/refresh/step';
import type { RefreshResult } from '../../../../src/refresh/model/outcome';
import {
  beginCall,
  beginWait,
  recordCall,
  recordCallNotSent,
} from '../../../../src/refresh/record/record-call';
import type { Join } from '../../../../src/refresh/input/parse-request';
import { recordJoins } from '../../../../src/refresh/record/record-join';
import { recordEvents, type RefreshEvent } from '../../../../src/refresh/record/record-event';
import { beginRead, recordRead } from '../../../../src/refresh/record/record-read';
import type { RefreshRequest } from '../../../../src/refresh/model/request';
import { initialState, type RefreshState, type Terms } from '../../../../src/refresh/state';

/** When every run of these tests begins. */
export const T0 = Date.parse('2026-03-01T12:00:00.000Z');

export const at = (offset: string): string => new Date(T0 + ms(offset)).toISOString();

export function ms(offset: string): number {
  const value = offset.startsWith('-') ? durationMs(offset.slice(1)) : durationMs(offset);
  if (value === null) throw new Error(`not a duration: ${offset}`);
  return offset.startsWith('-') ? -value : value;
}

export function aConnection(over: Partial<Connection> = {}): Connection {
  return {
    id: 'conn-1',
    status: 'ACTIVE',
    statusReason: null,
    serviceProvider: 'PLAID',
    institutionName: 'First Example Bank',
    customerId: 'cust-1',
    products: ['BALANCES', 'TRANSACTIONS'],
    optionalProducts: [],
    successfullyAggregatedAt: at('-6h'),
    ...over,
  };
}

/** Another caller's wish, as a test names it: what it leaves out is the default of a join at that moment. */
export type Wish = Partial<Terms> & { readonly joinId?: string; readonly idempotencyKey?: string };

export function aJoin(wish: Wish, nowMs: number, state: RefreshState): Join {
  const { policy } = state;
  const { joinId = null, idempotencyKey, ...terms } = wish;
  return {
    joinId,
    requestedAtMs: nowMs,
    request: idempotencyKey === undefined ? {} : { idempotencyKey },
    terms: {
      allProducts: terms.products === undefined,
      products: [],
      freshSinceMs: nowMs - policy.coalesceMs,
      deadlineMs: nowMs + policy.giveUpAfterMs,
      onRateLimit: 'wait',
      onRepair: 'return',
      maxCharges: null,
      priority: 'interactive',
      ...terms,
    },
  };
}

export const accepted: SentAnswer = { answer: 'accepted', httpStatus: 200, requestId: 'req-1' };
export const conflict: SentAnswer = { answer: 'conflict', httpStatus: 409, requestId: 'req-1' };
export const serverError: SentAnswer = {
  answer: 'server_error',
  httpStatus: 503,
  requestId: 'req-1',
  retryAfterMs: null,
};
export const lost: SentAnswer = { answer: 'unknown', httpStatus: null, requestId: null };
export const rateLimited = (retryAfter?: string): SentAnswer => ({
  answer: 'rate_limited',
  httpStatus: 429,
  requestId: 'req-1',
  retryAfterMs: retryAfter === undefined ? null : ms(retryAfter),
});

/**
 * A refresh played by hand against the core. Each method is one thing that happens; one that the core did
 * not ask for at that moment is an error of the test.
 */
export class Run {
  nowMs = T0;
  state: RefreshState;

  constructor(request: Partial<RefreshRequest> = {}) {
    this.state = initialState({ connectionId: 'conn-1', ...request }, T0);
  }

  get next(): Step {
    const { state, step } = decide(this.state, this.nowMs);
    this.state = state;
    return step;
  }

  get result(): RefreshResult {
    const { next } = this;
    if (next.step !== 'finish') throw new Error(`not finished: ${JSON.stringify(next)}`);
    return next.result;
  }

  /** Moves the clock to that long after the begin. */
  at(offset: string): this {
    this.nowMs = T0 + ms(offset);
    return this;
  }

  /** Carries out the read that is due. */
  reads(report: Partial<Connection> | Exclude<ReadReport, { read: 'found' }> = {}): this {
    const { next } = this;
    if (next.step !== 'read') throw new Error(`expected a read to be due, found ${JSON.stringify(next)}`);
    this.state = beginRead(this.state, this.nowMs);
    const full: ReadReport = 'read' in report ? report : { read: 'found', connection: aConnection(report) };
    const state = recordRead(this.state, full, this.nowMs, next.kind);
    // As in the workflow, which decides at once on what a read brought.
    this.state = decide(state, this.nowMs).state;
    return this;
  }

  /** Carries out the call that is due. */
  calls(answer: SentAnswer, random = 0): this {
    const { next } = this;
    if (next.step !== 'call') throw new Error(`expected a call to be due, found ${JSON.stringify(next)}`);
    this.state = beginCall(this.state, next.products, this.nowMs);
    return this.answers(answer, random);
  }

  /** The call that is due leaves, and its answer is not there yet. */
  sends(): this {
    const { next } = this;
    if (next.step !== 'call') throw new Error(`expected a call to be due, found ${JSON.stringify(next)}`);
    this.state = beginCall(this.state, next.products, this.nowMs);
    return this;
  }

  /** The answer to the call under way arrives. */
  answers(answer: SentAnswer, random = 0): this {
    this.state = recordCall(this.state, answer, this.nowMs, random);
    return this;
  }

  callNotSent(): this {
    return this.sends().notSent();
  }

  /** The call under way was withdrawn, or found too old. */
  notSent(): this {
    this.state = recordCallNotSent(this.state, this.nowMs);
    return this;
  }

  /** Waits as long as the core asks for. */
  waits(): this {
    const { next } = this;
    if (next.step !== 'wait') throw new Error(`expected a wait to be due, found ${JSON.stringify(next)}`);
    this.state = beginWait(this.state);
    this.nowMs = next.untilMs;
    return this;
  }

  /** Waits out every wait, reading the same connection whenever asked, until something else is due. */
  waitsAndReads(connection: Partial<Connection> = {}): this {
    for (let rounds = 0; rounds < 1_000; rounds++) {
      const { next } = this;
      if (next.step === 'wait') this.waits();
      else if (next.step === 'read') this.reads(connection);
      else return this;
    }
    throw new Error('waits and reads for ever');
  }

  event(kind: RefreshEvent['kind'], occurred: string, eventId: string = `${kind}@${occurred}`): this {
    this.state = recordEvents(this.state, [{ kind, eventId, occurredAtMs: T0 + ms(occurred) }], this.nowMs);
    return this;
  }

  joins(wish: Wish = {}): this {
    this.state = recordJoins(this.state, [aJoin(wish, this.nowMs, this.state)], this.nowMs);
    return this;
  }
}
