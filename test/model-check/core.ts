import { decide } from '../../src/refresh/decide';
import { beginCall, beginWait, recordCall, recordCallNotSent } from '../../src/refresh/record-call';
import { recordEvents } from '../../src/refresh/record-event';
import { recordJoins } from '../../src/refresh/record-join';
import { beginRead, recordRead } from '../../src/refresh/record-read';
import { initialState } from '../../src/refresh/state';

/** The functions of `src/refresh` that make up the core; a mutant replaces some of them. */
export const CORE = {
  initialState,
  decide,
  beginRead,
  recordRead,
  beginCall,
  recordCall,
  recordCallNotSent,
  beginWait,
  recordEvents,
  recordJoins,
};

export type Core = typeof CORE;

/** Cores with one planted fault each: the search must find every one of them. */
export const MUTANTS: Readonly<Record<string, Core>> = {
  'forgets the window of a 429': {
    ...CORE,
    recordCall: (state, answer, nowMs, random) => {
      const next = recordCall(state, answer, nowMs, random);
      return { ...next, calls: { ...next.calls, windowUntilMs: null } };
    },
  },
  'takes an event for news, however old it is': {
    ...CORE,
    recordEvents: (state, events, nowMs) =>
      recordEvents(
        state,
        events.map((event) => ({ ...event, occurredAtMs: nowMs })),
        nowMs,
      ),
  },
  'books a lost answer as a refusal': {
    ...CORE,
    recordCall: (state, answer, nowMs, random) =>
      recordCall(
        state,
        answer.answer === 'unknown'
          ? { answer: 'server_error', httpStatus: 504, requestId: null, retryAfterMs: null }
          : answer,
        nowMs,
        random,
      ),
  },
};
