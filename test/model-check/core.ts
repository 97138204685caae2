import { decide } from '../../src/refresh/decide';
import { beginCall, beginWait, recordCall, recordCallNotSent } from '../../src/refresh/record/record-call';
import { recordEvents } from '../../src/refresh/record/record-event';
import { recordJoins } from '../../src/refresh/record/record-join';
import { beginRead, recordRead } from '../../src/refresh/record/record-read';
import type { REQUESTS } from './requests';

/** What is checked: every function through which the workflow uses the core. A mutant replaces some of them. */
export const CORE = {
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

/** Faults planted into the core, and the request with which the search must find each. */
export const MUTANTS: readonly {
  readonly name: string;
  readonly request: keyof typeof REQUESTS;
  readonly core: Core;
}[] = [
  {
    name: 'takes a lost answer for a refusal that costs nothing',
    request: 'all products, one charge',
    core: {
      ...CORE,
      recordCall: (state, answer, nowMs, random) =>
        recordCall(
          state,
          answer.answer === 'unknown' ? { ...answer, answer: 'server_error', retryAfterMs: null } : answer,
          nowMs,
          random,
        ),
    },
  },
  {
    name: 'calls although news came while it read',
    request: 'one product, patient with repairs',
    core: {
      ...CORE,
      recordEvents: (state, events, nowMs) => {
        const next = recordEvents(state, events, nowMs);
        return { ...next, events: { ...next.events, unread: state.events.unread } };
      },
    },
  },
  {
    name: 'takes every event for one of this moment',
    request: 'all products, one charge',
    core: {
      ...CORE,
      recordEvents: (state, events, nowMs) =>
        recordEvents(
          state,
          events.map((event) => ({ ...event, occurredAtMs: nowMs })),
          nowMs,
        ),
    },
  },
];
