import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { initialState } from '../refresh/begin';
import { isProven } from '../refresh/freshness';
import { InvalidRequestError } from '../refresh/input/invalid-request';
import { decide } from '../refresh/decide';
import type { Step } from '../refresh/step';
import type { RefreshResult } from '../refresh/model/outcome';
import { parseRequest } from '../refresh/input/parse-request';
import { beginWait, recordCall, recordCallNotSent } from '../refresh/record-call';
import { recordJoin } from '../refresh/record-join';
import { recordEvent } from '../refresh/record-event';
import type { RefreshEvent } from '../refresh/record-event';
import { beginRead, recordRead } from '../refresh/record-read';
import type { RefreshRequest } from '../refresh/model/request';
import type { RefreshState } from '../refresh/state';
import { sendChargedCall } from './charged-call';
import { logResult } from './log-result';
import { accountsUpdated, connectionStatusChanged, join, transactionsAggregated } from './messages';
import { parseEvent, parseJoin } from './parse-signals';
import { readOnce, readConnection } from './read-connection';
import { makeProgressPublisher } from './publish-progress';
import { startDelivery } from './start-delivery';

/**
 * Refreshes one connection: carries out, one by one, the steps that the core decides on.
 * @returns how it ended; a refresh that could not be done is a result, too.
 * @throws ApplicationFailure `InvalidRequestError`, not retryable, when the request cannot be understood.
 */
export async function refreshConnection(input: RefreshRequest): Promise<RefreshResult> {
  const { request, begun } = accepted(input);
  let state: RefreshState = begun;
  let step: Step = decide(state, Date.now());
  const show = makeProgressPublisher(request);
  let delivering = false;

  const take = (next: RefreshState): void => {
    state = next;
    show.details(state, step);
  };
  const takeEvent =
    (kind: RefreshEvent['kind']) =>
    (signal: unknown): void => {
      const event = parseEvent(kind, signal);
      if (event !== null) take(recordEvent(state, event, Date.now()));
    };
  setHandler(accountsUpdated, takeEvent('accounts_updated'));
  setHandler(transactionsAggregated, takeEvent('transactions_aggregated'));
  setHandler(connectionStatusChanged, takeEvent('status_changed'));
  setHandler(join, (signal) => {
    const wish = parseJoin(request.connectionId, signal);
    if (wish !== null) take(recordJoin(state, wish));
  });

  try {
    for (;;) {
      step = decide(state, Date.now());
      show.step(state, step);
      switch (step.step) {
        case 'read': {
          state = beginRead(state, Date.now());
          const report =
            step.kind === 'closing'
              ? await readOnce(request.connectionId, step.why)
              : await readConnection(
                  request.connectionId,
                  step.why,
                  state.terms.deadlineMs - Date.now(),
                  () => isProven(state),
                );
          state = recordRead(state, report, Date.now());
          break;
        }
        case 'call': {
          const { products, why } = step;
          const sentAtMs = Date.now();
          const report = await sendChargedCall(
            request.connectionId,
            products,
            why,
            state.terms.deadlineMs - sentAtMs,
          );
          state = report.sent
            ? recordCall(state, { sentAtMs, products, answer: report.answer }, Date.now(), Math.random())
            : recordCallNotSent(state);
          break;
        }
        case 'wait': {
          state = beginWait(state);
          const { untilMs, phase, why } = step;
          // Only what changes the next step ends the wait: evidence that is not yet complete does not.
          const changed = (): boolean => {
            const next = decide(state, Date.now());
            return next.step !== 'wait' || next.untilMs !== untilMs || next.phase !== phase;
          };
          await condition(changed, Math.max(1, untilMs - Date.now()), { summary: why });
          break;
        }
        case 'finish': {
          const decidedOn = state;
          await condition(allHandlersFinished);
          if (state === decidedOn && !delivering && state.policy.deliverOutcomes.has(step.result.outcome)) {
            delivering = true;
            await startDelivery(request, state);
          }
          // What came in meanwhile decides again: no join and no event is lost to a closing run.
          if (state !== decidedOn) break;
          logResult(step.result);
          return step.result;
        }
      }
    }
  } catch (error) {
    if (isCancellation(error)) show.canceled(state, step);
    throw error;
  }
}

function accepted(input: unknown): { request: RefreshRequest; begun: RefreshState } {
  try {
    const request = parseRequest(input);
    return { request, begun: initialState(request, workflowInfo().startTime.getTime()) };
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    throw ApplicationFailure.create({
      message: error.message,
      type: 'InvalidRequest',
      nonRetryable: true,
      cause: error,
    });
  }
}
