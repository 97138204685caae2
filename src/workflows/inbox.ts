import { log, setHandler } from '@temporalio/workflow';
import { parseJoin } from '../refresh/input/parse-request';
import type { Join } from '../refresh/input/parse-request';
import { isFromTheFuture } from '../refresh/freshness';
import { toInstant } from '../refresh/model/instant';
import { recordEvents } from '../refresh/record-event';
import type { RefreshEvent } from '../refresh/record-event';
import { recordJoins } from '../refresh/record-join';
import type { RefreshState } from '../refresh/state';
import { accountsUpdated, connectionStatusChanged, join, transactionsAggregated } from './messages';
import { parseEvent } from './parse-signals';

/** 5: the details are for people; the log has them all. */
const MOST_NOTES = 5;

/**
 * Collects signals and applies them to the state all at once: thousands that arrive in one activation cost one copy of
 * what was seen, not one each. Handlers are set synchronously, before the first await.
 */
export function openInbox() {
  let events: { readonly kind: RefreshEvent['kind']; readonly signal: unknown }[] = [];
  let joins: unknown[] = [];
  let received = 0;
  const notes: string[] = [];

  const take = (kind: RefreshEvent['kind']) => (signal: unknown) => void events.push({ kind, signal });
  setHandler(accountsUpdated, take('accounts_updated'), {
    description: "Meld's webhook ACCOUNTS_UPDATED: balances, identifiers and owners can be read",
  });
  setHandler(transactionsAggregated, take('transactions_aggregated'), {
    description: "Meld's webhook TRANSACTIONS_AGGREGATED: transactions can be read",
  });
  setHandler(connectionStatusChanged, take('status_changed'), {
    description: "Meld's webhook STATUS_CHANGE: the connection is read again",
  });
  setHandler(join, (signal) => void joins.push(signal), {
    description: 'Another caller asks for this connection',
  });

  const note = (message: string, problem: string): void => {
    log.warn(message, { problem });
    notes.push(problem);
    if (notes.length > MOST_NOTES) notes.shift();
  };

  return {
    notes,
    /** The state with everything applied that has arrived; the same object when nothing has. */
    applyTo(state: RefreshState, nowMs: number): RefreshState {
      if (events.length === 0 && joins.length === 0) return state;
      const parsedEvents = events.map(({ kind, signal }) => {
        const { event, problem } = parseEvent(kind, signal, ++received);
        if (problem !== null) note('signal_unreadable', problem);
        if (isFromTheFuture(event.occurredAtMs, nowMs, state.policy)) {
          const { eventId, occurredAtMs } = event;
          note('event_ahead_of_our_clock', `${eventId} is dated ${toInstant(occurredAtMs)}`);
        }
        return event;
      });
      const parsedJoins = joins.map((signal): Join => {
        const parsed = parseJoin(signal, nowMs, state.policy);
        for (const problem of parsed.problems) note('signal_unreadable', `join: ${problem}`);
        return parsed.join;
      });
      events = [];
      joins = [];
      const next = recordEvents(state, parsedEvents, nowMs);
      return parsedJoins.length === 0 ? next : recordJoins(next, parsedJoins, nowMs);
    },
  };
}
