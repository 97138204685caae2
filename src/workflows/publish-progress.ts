import { setCurrentDetails, upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { SearchAttributePair } from '@temporalio/common';
import { toInstant } from '../refresh/model/instant';
import { isPoll, type Step } from '../refresh/step';
import type { Progress } from '../refresh/model/progress';
import type { RefreshRequest } from '../refresh/model/request';
import type { RefreshState } from '../refresh/state';
import { toProgress } from '../refresh/report/describe-progress';
import { renderDetails } from '../refresh/report/render-details';
import { callAllowedAtMs } from '../refresh/rate-limit';
import { PROGRESS_MEMO, searchAttributes } from './messages';

/** Shows people where the run is, and writes to the history only what has changed. */
export function makeProgressPublisher(request: RefreshRequest, notes: readonly string[]) {
  const given = workflowInfo().typedSearchAttributes;
  const shown = new Map<string, string>();
  for (const key of Object.values(searchAttributes)) {
    const value = given.get(key);
    if (value !== undefined) shown.set(key.name, String(value));
  }
  let memo = JSON.stringify(workflowInfo().memo?.[PROGRESS_MEMO] ?? null);

  const showAttributes = (attributes: readonly SearchAttributePair[]): void => {
    const changed = attributes.filter(({ key, value }) => shown.get(key.name) !== String(value));
    if (changed.length === 0) return;
    for (const { key, value } of changed) shown.set(key.name, String(value));
    upsertSearchAttributes([...changed]);
  };

  const showProgress = (progress: Progress): void => {
    const text = JSON.stringify(progress);
    if (text === memo) return;
    memo = text;
    upsertMemo({ [PROGRESS_MEMO]: progress });
  };

  const details = (state: RefreshState, step: Step | 'canceled'): void => {
    setCurrentDetails(renderDetails(state, step, Date.now(), notes));
  };

  return {
    /** For the person who has the run open in the Temporal UI: costs no history. */
    details,
    step(state: RefreshState, step: Step): void {
      details(state, step);
      // Not before the first read, so that what it brings costs no event of its own.
      if (step.step !== 'read' || state.connection.latest !== null) {
        showAttributes(attributesOf(request, state, step));
      }
      // Reads are pending activities that anyone can see; what lasts is a wait or an end.
      if (step.step === 'wait' || step.step === 'finish' || isPoll(step)) {
        showProgress(toProgress(state, step, Date.now()));
      }
    },
    /** What the next run must know, before something happens that may be charged. */
    progress(state: RefreshState, step: Step): void {
      details(state, step);
      showProgress(toProgress(state, step, Date.now()));
    },
    canceled(state: RefreshState, step: Step): void {
      details(state, 'canceled');
      showProgress({
        ...toProgress(state, step, Date.now()),
        phase: 'ended',
        why: 'canceled by request',
        waitingUntil: null,
      });
    },
  };
}

function attributesOf(request: RefreshRequest, state: RefreshState, step: Step): SearchAttributePair[] {
  const { latest } = state.connection;
  const customerId = request.customerId ?? latest?.customerId;
  const provider = latest?.serviceProvider;
  const endMs = callAllowedAtMs(state);
  return [
    { key: searchAttributes.connectionId, value: request.connectionId },
    ...(customerId ? [{ key: searchAttributes.customerId, value: customerId }] : []),
    ...(provider ? [{ key: searchAttributes.provider, value: provider }] : []),
    ...(step.step === 'finish' ? [{ key: searchAttributes.outcome, value: step.result.outcome }] : []),
    ...(endMs !== null && (step.step === 'wait' || step.step === 'finish')
      ? [{ key: searchAttributes.nextRefreshAt, value: new Date(toInstant(endMs)) }]
      : []),
  ];
}
