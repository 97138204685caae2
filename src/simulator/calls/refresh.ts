import type { Schedule } from '../time/schedule';
import type { Aggregations } from './aggregation';
import type { EventPublisher } from '../webhooks/publisher';
import { providerDetails, type ConnectionState } from '../state/connection';
import type { Connections } from '../state/connections';
import type { Holds } from '../state/holds';
import { inBackground } from '../time/in-background';
import { checkRefreshRules, rateLimited } from './refresh-rules';
import type { LedgerLine } from '../state/ledger';
import { plannedError } from '../meld-error';
import type { CallStep, Effect } from '../scenarios/plan';
import type { Timers } from '../time/timers';

/** How a call ends that no error answers; all but `answered` are answers that nobody can read. */
export type CallReply =
  | { readonly reply: 'answered'; readonly body: object }
  | { readonly reply: 'garbled' | 'hold' | 'cut' | 'gateway' };

export interface RefreshInput {
  readonly connectionId: string;
  readonly products: readonly string[] | null;
  readonly line: LedgerLine;
}

/** Takes one refresh call through Meld's rules, its holds and its plan. @throws MeldError */
type RefreshCall = (input: RefreshInput) => Promise<CallReply>;

export function makeRefreshCall(deps: {
  readonly now: () => number;
  readonly connections: Connections;
  readonly schedule: Schedule;
  readonly aggregations: Aggregations;
  readonly publisher: EventPublisher;
  readonly holds: Holds;
  readonly timers: Timers;
}): RefreshCall {
  const { now, connections, schedule, aggregations, publisher, holds, timers } = deps;

  const trigger = (connection: ConnectionState, effect: Effect): void => {
    const { afterMs } = effect;
    if (effect.effect === 'aggregation') {
      inBackground(aggregations.start({ connection, afterMs }));
      return;
    }
    const run = (atMs: number): void => publisher.changeStatus(connection, effect, atMs);
    if (afterMs === 0) run(now());
    else schedule.add({ key: connection.id, afterMs, run });
  };

  const decide = (connection: ConnectionState): CallStep => {
    const { calls } = connection.plan;
    const last = calls.length - 1;
    const passed = calls[connection.callStep]?.until === connection.status;
    const index = Math.min(passed ? connection.callStep + 1 : connection.callStep, last);
    const step = calls[index];
    if (!step) throw new Error('a plan has at least one call');
    connection.callStep = step.until === undefined ? Math.min(index + 1, last) : index;
    if (!connection.triggered.has(index)) for (const effect of step.then) trigger(connection, effect);
    connection.triggered.add(index);
    return step;
  };

  /** Refreshing an inactive duplicate makes it the active one, and demotes the other. */
  const takeOver = (connection: ConnectionState): void => {
    publisher.changeStatus(connection, { status: 'ACTIVE', statusReason: null }, now());
    for (const other of connections.others(connection)) {
      if (other.status !== 'ACTIVE') continue;
      const demoted = { status: 'PARTIALLY_ACTIVE', statusReason: 'INACTIVE_DUPLICATE' };
      publisher.changeStatus(other, demoted, now());
    }
  };

  /** From here on the refresh is paid for. */
  const execute = async (connection: ConnectionState, { products, line }: RefreshInput, step: CallStep) => {
    const { window, aggregation } = connection.plan;
    const result = step.answer === 'accepted' ? step.aggregation : 'lands';
    line.charge();
    if (connection.serviceProvider === 'MX') connection.windowUntilMs = now() + window.ms;
    if (connection.statusReason === 'INACTIVE_DUPLICATE') takeOver(connection);
    const ended = aggregations.start({ connection, products, result, ...aggregation });
    await holds.pass(connection.id, 'after_execution');
    if (step.answer === 'accepted' && step.answerAfter === 'events') await ended;
    await timers.sleep(step.delayMs);
  };

  return async (input) => {
    const connection = connections.get(input.connectionId);
    await holds.pass(connection.id, 'before_execution');
    schedule.catchUp(connection.id);
    checkRefreshRules(connection, input.products, now());
    const step = decide(connection);
    switch (step.answer) {
      case 'accepted':
        await execute(connection, input, step);
        return {
          reply: 'answered',
          body: { requestId: input.line.requestId, serviceProviderDetails: providerDetails(connection) },
        };
      case 'lost':
        await execute(connection, input, step);
        return { reply: step.ending };
      case 'garbled':
        await execute(connection, input, step);
        return { reply: 'garbled' };
      case 'rate_limited': {
        const untilMs = now() + connection.plan.window.ms;
        connection.windowUntilMs = untilMs;
        await timers.sleep(step.delayMs);
        throw rateLimited(connection, untilMs, now());
      }
      case 'error':
        await timers.sleep(step.delayMs);
        throw plannedError(step.status);
    }
  };
}
