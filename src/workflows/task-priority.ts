import type { Priority } from '@temporalio/common';
import type { RequestPriority } from '../refresh/model/request';

/**
 * Of Temporal's five, lower is sooner. Interactive is the default of Temporal, so that a run which another language starts
 * without a priority is as soon as one of ours; bulk is the last.
 */
const PRIORITY_KEYS: Readonly<Record<RequestPriority, number>> = { interactive: 3, bulk: 5 };

/** Temporal refuses more bytes. Two customers whose ids begin alike that long share one turn, which harms neither. */
const FAIRNESS_KEY_BYTES = 64;

/**
 * Where tasks of a refresh stand in their queue: first by priority, then the customers in turn. The customer's id stands
 * readable in the run's search attributes already.
 * @param customerId absent while it is not known: all of those share one turn
 */
export function taskPriority(priority: RequestPriority, customerId: string | null | undefined): Priority {
  return {
    priorityKey: PRIORITY_KEYS[priority],
    // Meld's ids are ASCII; anything else would count for more bytes than letters.
    ...(customerId && {
      fairnessKey: customerId.replace(/[^\x21-\x7e]/g, '_').slice(0, FAIRNESS_KEY_BYTES),
    }),
  };
}
