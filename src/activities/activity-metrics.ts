import { metricMeter } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { WORKER_METRICS, type LabelsOf } from '../refresh/model/metrics';
import type { Activities } from './activities';
import { OUTCOME_NOT_TAKEN } from './deliver-outcome';
import { MELD_UNAVAILABLE, NOTHING_NEW } from './read-connection';

/** The same read, counted by what it brought. */
export const countReads = (readConnection: Activities['readConnection']): Activities['readConnection'] =>
  counted(WORKER_METRICS.reads, readConnection, ({ read }) => read, {
    [MELD_UNAVAILABLE]: 'unavailable',
    [NOTHING_NEW]: 'found',
  });

/** The same delivery, counted by what became of it. */
export const countDeliveries = (deliver: Activities['deliverOutcome']): Activities['deliverOutcome'] =>
  counted(WORKER_METRICS.deliveries, deliver, () => 'delivered', { [OUTCOME_NOT_TAKEN]: 'not_taken' });

type Metric = (typeof WORKER_METRICS)['reads' | 'deliveries'];

/** @param failures results by the type of the failure that was thrown; any other is `failed` */
function counted<M extends Metric, I, O>(
  { name, help }: M,
  activity: (input: I) => Promise<O>,
  resultOf: (output: O) => LabelsOf<M>['result'],
  failures: Readonly<Record<string, LabelsOf<M>['result']>>,
): (input: I) => Promise<O> {
  const count = (result: LabelsOf<M>['result']): void =>
    metricMeter.createCounter(name, undefined, help).add(1, { result });
  return async (input) => {
    let output: O;
    try {
      output = await activity(input);
    } catch (error) {
      const type = error instanceof ApplicationFailure ? error.type : undefined;
      count(failures[type ?? ''] ?? 'failed');
      throw error;
    }
    count(resultOf(output));
    return output;
  };
}
