import { log, setHandler } from '@temporalio/workflow';
import { parseJoin, type Join } from '../refresh/input/parse-request';
import { isFromTheFuture } from '../refresh/freshness';
import { toInstant } from '../refresh/model/instant';
import { recordEvents, type RefreshEvent } from '../refresh/record/record-event';
import { recordJoins } from '../refresh/record/record-join';
import type { RefreshState } from '../refresh/state';
import { accountsUpdated, connectionStatusChanged, join, transactionsAggregated } from './messages';
import { parseEvent } from './parse-signals';

/** 5: the details are for people; the log has them all. */
const MOST_NOTES = 5;

export type Inbox = ReturnType<typeof openInbox>;

/**
 * Collects signals and applies them to the state all at once: thousands that arrive in one activation cost one copy of
 * what was seen and one decision, not one each. Handlers are set synchronously, before the first await.
 */
export function openInbox() {
  const watches = new Set<() => void>();
  let isScheduled = false;
  let events: { readonly kind: RefreshEvent['kind']; readonly signal: unknown }[] = [];
  let joins: unknown[] = [];
  let received = 0;
  const notes: string[] = [];

  // A condition() would be evaluated after every signal of an activation: ten thousand times ten thousand.
  const arrived = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    // The handlers of one activation run one after the other before this does.
    Promise.resolve().then(
      () => {
        isScheduled = false;
        for (const watch of watches) watch();
      },
      () => undefined,
    );
  };
  const take = (kind: RefreshEvent['kind']) => (signal: unknown) => {
    events.push({ kind, signal });
    arrived();
  };
  setHandler(accountsUpdated, take('accounts_updated'), {
    description: "Meld's webhook ACCOUNTS_UPDATED: balances, identifiers and owners can be read",
  });
  setHandler(transactionsAggregated, take('transactions_aggregated'), {
    description: "Meld's webhook TRANSACTIONS_AGGREGATED: transactions can be read",
  });
  setHandler(connectionStatusChanged, take('status_changed'), {
    description: "Meld's webhook STATUS_CHANGE: the connection is read again",
  });
  const takeJoin = (signal: unknown): void => {
    joins.push(signal);
    arrived();
  };
  setHandler(join, takeJoin, { description: 'Another caller asks for this connection' });

  const note = (message: string, problem: string): void => {
    log.warn(message, { problem });
    notes.push(problem);
    if (notes.length > MOST_NOTES) notes.shift();
  };

  return {
    notes,
    /**
     * The value of `work`, or `undefined` once `isOver` holds, which is asked now and after every arrival. A cancellation
     * reaches `work`, and through it the caller. No promise is left pending: the SDK keeps the stack of each.
     */
    unless<T>(work: Promise<T>, isOver: () => boolean): Promise<T | undefined> {
      return new Promise((resolve, reject) => {
        const unwatched =
          <A>(settle: (by: A) => void) =>
          (by: A): void => {
            watches.delete(watch);
            settle(by);
          };
        const watch = (): void => {
          if (isOver()) unwatched(resolve)(undefined);
        };
        watches.add(watch);
        work.then(unwatched(resolve), unwatched(reject));
        watch();
      });
    },
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
