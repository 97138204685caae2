import { initialState } from '../../../../src/refresh/begin';
import type { CallAnswer, Connection, ReadReport } from '../../../../src/refresh/model/connection';
import { durationMs } from '../../../../src/refresh/model/duration';
import { decide } from '../../../../src/refresh/decide';
import type { Step } from '../../../../src/refresh/step';
import type { RefreshResult } from '../../../../src/refresh/model/outcome';
import { beginWait, recordCall, recordCallNotSent } from '../../../../src/refresh/record-call';
import { recordJoin } from '../../../../src/refresh/record-join';
import { recordEvent } from '../../../../src/refresh/record-event';
import type { RefreshEvent } from '../../../../src/refresh/record-event';
import { beginRead, recordRead } from '../../../../src/refresh/record-read';
import type { RefreshRequest } from '../../../../src/refresh/model/request';
import type { Join, RefreshState } from '../../../../src/refresh/state';

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

export function aJoin(over: Partial<Join> = {}): Join {
  return {
    joinId: 'join-1',
    requestedAtMs: T0,
    products: null,
    freshSinceMs: null,
    giveUpAfterMs: null,
    onRateLimit: 'wait',
    onRepair: 'return',
    maxCharges: null,
    ...over,
  };
}

export const accepted: CallAnswer = { answer: 'accepted', httpStatus: 200, requestId: 'req-1' };
export const conflict: CallAnswer = { answer: 'conflict', httpStatus: 409, requestId: 'req-1' };
export const serverError: CallAnswer = {
  answer: 'server_error',
  httpStatus: 503,
  requestId: 'req-1',
  retryAfterMs: null,
};
export const lost: CallAnswer = { answer: 'unknown', httpStatus: null, requestId: null };
export const rateLimited = (retryAfter?: string): CallAnswer => ({
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
    return decide(this.state, this.nowMs);
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
    this.expect('read');
    this.state = beginRead(this.state, this.nowMs);
    const full: ReadReport = 'read' in report ? report : { read: 'found', connection: aConnection(report) };
    this.state = recordRead(this.state, full, this.nowMs);
    return this;
  }

  /** Carries out the call that is due. */
  calls(answer: CallAnswer, random = 0): this {
    const { next } = this;
    if (next.step !== 'call') throw new Error(`expected a call to be due, found ${JSON.stringify(next)}`);
    const { products } = next;
    this.state = recordCall(this.state, { sentAtMs: this.nowMs, products, answer }, this.nowMs, random);
    return this;
  }

  callNotSent(): this {
    this.expect('call');
    this.state = recordCallNotSent(this.state);
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
    this.state = recordEvent(this.state, { kind, eventId, occurredAtMs: T0 + ms(occurred) }, this.nowMs);
    return this;
  }

  joins(join: Partial<Join> = {}): this {
    const requestedAtMs = this.nowMs;
    this.state = recordJoin(this.state, aJoin({ requestedAtMs, ...join }));
    return this;
  }

  private expect(step: Step['step']): void {
    const { next } = this;
    if (next.step !== step) throw new Error(`expected ${step} to be due, found ${JSON.stringify(next)}`);
  }
}
