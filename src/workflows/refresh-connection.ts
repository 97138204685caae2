import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  allHandlersFinished,
  condition,
  isCancellation,
  log,
  proxyLocalActivities,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import { decide, isCallStillDue } from '../refresh/decide';
import { callsThatMayHaveRun, isDone } from '../refresh/freshness';
import { InvalidRequestError } from '../refresh/input/invalid-request';
import { isCompletePolicy } from '../refresh/input/parse-policy';
import { parseRequest } from '../refresh/input/parse-request';
import { toInstant } from '../refresh/model/instant';
import type { RefreshResult } from '../refresh/model/outcome';
import { titled } from '../refresh/model/progress';
import type { RefreshRequest } from '../refresh/model/request';
import {
  beginCall,
  beginWait,
  recordCall,
  recordCallNotSent,
  recordEarlierCalls,
} from '../refresh/record/record-call';
import { beginRead, recordRead } from '../refresh/record/record-read';
import { renderFailure } from '../refresh/report/render-details';
import { growingIntervalMs } from '../refresh/start-waiting';
import { initialState, type RefreshState } from '../refresh/state';
import { isSameStep, type Step } from '../refresh/step';
import { sendChargedCall } from './charged-call';
import { openInbox } from './inbox';
import { logResult } from './log-result';
import { refreshWorkflowId } from './messages';
import { makeProgressPublisher } from './publish-progress';
import { makeRunMetrics } from './run-metrics';
import { pollConnection, readConnection, readOnce } from './read-connection';
import { isAfterReset, readEarlierCalls } from './read-earlier-calls';
import { taskPriority } from './task-priority';
import { startCanceledDelivery, startDelivery } from './start-delivery';

/** 5 s: the defaults are at hand in the worker that carries out the workflow task. */
const POLICY_MS = 5_000;

/**
 * Refreshes one connection: carries out, one by one, the steps that the core decides on.
 * @returns how it ended; a refresh that could not be done is a result, too.
 * @throws ApplicationFailure `InvalidRequest`, not retryable, when the request cannot be understood, or the workflow id
 *   is not the connection's own.
 */
export async function refreshConnection(input: RefreshRequest): Promise<RefreshResult> {
  const inbox = openInbox();
  const request = asFailure(() => parseOwnRequest(input));
  const policy = await fullPolicy(request);
  let state = asFailure(() => initialState({ ...request, policy }, workflowInfo().startTime.getTime()));
  let step: Step;
  const { connectionId } = request;
  const awaitCallsMs = state.policy.completionWaitMs;
  const publish = makeProgressPublisher(request, inbox.notes);
  const metrics = makeRunMetrics(state.requestedAtMs);

  const receive = (): void => {
    const before = state;
    state = inbox.applyTo(state, Date.now());
    if (state === before) return;
    publish.details(state, step);
    // A caller who repeats the key with another request learns of it from the memo, whatever the run is busy with.
    if (state.callers.keys !== before.callers.keys) publish.progress(state, step);
  };
  /** Whether that holds with all that has arrived. */
  const whether = (holds: (state: RefreshState, nowMs: number) => boolean) => (): boolean => {
    receive();
    return holds(state, Date.now());
  };
  /** Whether another step is the next one. */
  const changed = whether((latest, nowMs) => !isSameStep(decide(latest, nowMs).step, step));
  const done = whether(isDone);
  /** What arrives is heard, and ends nothing. */
  const never = whether(() => false);
  /** Whether the call under way is still the one to make. */
  const stillDue = whether(isCallStillDue);

  ({ state, step } = decide(state, Date.now()));
  try {
    for (;;) {
      receive();
      throwIfCanceled();
      ({ state, step } = decide(state, Date.now()));
      if (step.step === 'finish' && isAfterReset()) {
        const decidedOn = state;
        const lastCall = await inbox.unless(readEarlierCalls(awaitCallsMs), never);
        receive();
        state = recordEarlierCalls(state, lastCall ?? null, Date.now());
        if (state !== decidedOn) continue;
      }
      publish.step(state, step);
      metrics.step(state, step, Date.now());
      switch (step.step) {
        case 'read':
          await read(step);
          break;
        case 'call': {
          const sentAtMs = Date.now();
          const { products, why } = step;
          const { currentSinceMs } = state.connection;
          const known = knownConnection(state);
          const last = callsThatMayHaveRun(state.calls).at(-1);
          state = beginCall(state, products, sentAtMs);
          // Whatever happens to this run from now on, the next one must know of the call.
          publish.progress(state, step);
          const answer = await sendChargedCall(
            {
              connectionId,
              firstRunId: workflowInfo().firstExecutionRunId,
              awaitCallsMs,
              ...(products !== null && { products }),
              readAt: toInstant(currentSinceMs ?? sentAtMs),
              readMaxAgeMs: state.policy.readMaxAgeMs,
              known,
              ...(last !== undefined && { lastCallSentAt: toInstant(last.sentAtMs) }),
            },
            {
              summary: `charged call: ${why}`,
              priority: ownPriority(),
              timeoutMs: state.policy.callTimeoutMs,
              leftMs: state.terms.deadlineMs - sentAtMs,
            },
            { inbox, isOver: done, isDue: stillDue },
          );
          if (answer.answer === 'not_sent') {
            log.warn('charged_call_not_sent', { connectionId, why: answer.why });
            state = recordCallNotSent(state, Date.now(), answer.lastCall);
          } else {
            state = recordCall(state, answer, Date.now(), Math.random());
          }
          break;
        }
        case 'wait': {
          state = beginWait(state);
          await rest(step.untilMs, titled(step));
          break;
        }
        case 'finish': {
          const decidedOn = state;
          await condition(allHandlersFinished);
          if (state === decidedOn && state.policy.deliverOutcomes.has(step.result.outcome)) {
            await startDelivery(request, state, step.result.finishedAt);
          }
          receive();
          // What arrived meanwhile decides again: no join and no event is lost to a closing run.
          if (state !== decidedOn) break;
          logResult(step.result);
          metrics.ended(state, step.result, Date.now());
          return step.result;
        }
      }
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(async () => {
      receive();
      publish.canceled(state, step);
      metrics.ended(state, { outcome: 'canceled' }, Date.now());
      if (state.policy.deliverOutcomes.size > 0) await startCanceledDelivery(request, state);
    });
    throw error;
  }

  function ownPriority() {
    const customerId = request.customerId ?? state.connection.latest?.customerId;
    return taskPriority(state.terms.priority, customerId);
  }

  /** Sleeps until that instant, or until what has arrived makes another step the next one. */
  async function rest(untilMs: number, summary: string): Promise<void> {
    const timer = new CancellationScope();
    const asleep = timer.run(() => sleep(Math.max(1, untilMs - Date.now()), { summary }));
    await inbox.unless(asleep, changed);
    timer.cancel();
  }

  async function read(due: Extract<Step, { step: 'read' }>): Promise<void> {
    const { kind, why, untilMs } = due;
    const beganMs = Date.now();
    if (kind === 'poll') {
      const { poll } = state.policy;
      const initialMs = growingIntervalMs(poll, state.waiting.polls + 1);
      const leftMs = untilMs - beganMs;
      const schedule = {
        summary: titled(due),
        priority: ownPriority(),
        poll: { ...poll, initialMs },
        leftMs,
      };
      const report = await pollConnection(connectionId, knownConnection(state), schedule, {
        inbox,
        isOver: changed,
      });
      if (report !== null) {
        // What has arrived meanwhile stays unread: it may have come after the attempt that found a change.
        const { events } = state;
        state = recordRead({ ...beginRead(state, beganMs), events }, report, Date.now(), kind);
      } else if (!changed()) {
        await rest(untilMs, titled(due));
      }
      return;
    }
    state = beginRead(state, beganMs);
    const report =
      kind === 'closing'
        ? await readOnce(connectionId, why)
        : await readConnection(
            connectionId,
            { summary: why, priority: ownPriority(), leftMs: state.terms.deadlineMs - beganMs },
            { inbox, isOver: done },
          );
    const wasAhead = state.connection.aheadSeenAtMs;
    state = recordRead(state, report, Date.now(), kind);
    if (state.connection.aheadSeenAtMs !== wasAhead) {
      const { successfullyAggregatedAt } = state.connection.latest ?? {};
      log.warn('timestamp_ahead_of_our_clock', { connectionId, successfullyAggregatedAt });
    }
  }
}

function knownConnection({ connection: { latest } }: RefreshState) {
  if (latest === null) return null;
  const { status, statusReason, successfullyAggregatedAt } = latest;
  return { status, statusReason, successfullyAggregatedAt };
}

/** A call that was under way has come to its answer: now the run may end as it was asked to. */
function throwIfCanceled(): void {
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('Refresh canceled');
}

/**
 * The policy that the run keeps. Clients write all of it into the request; of a run that was started by name the
 * missing fields are the worker's defaults, recorded in the history, so that a later build's defaults do not change it.
 */
async function fullPolicy({ policy = {} }: RefreshRequest): Promise<NonNullable<RefreshRequest['policy']>> {
  if (isCompletePolicy(policy)) return policy;
  const { completePolicy } = proxyLocalActivities<Activities>({
    startToCloseTimeout: POLICY_MS,
    summary: "record the worker's policy",
  });
  return completePolicy({ policy });
}

function parseOwnRequest(input: unknown): RefreshRequest {
  const request = parseRequest(input);
  const expected = refreshWorkflowId(request.connectionId);
  const { workflowId } = workflowInfo();
  if (workflowId !== expected) throw new InvalidRequestError('workflowId', `"${expected}"`, workflowId);
  return request;
}

function asFailure<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    setCurrentDetails(renderFailure(error.message));
    throw ApplicationFailure.create({
      message: error.message,
      type: 'InvalidRequest',
      nonRetryable: true,
      cause: error,
    });
  }
}
