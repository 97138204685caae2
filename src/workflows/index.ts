// What a worker of one's own adds to its bundle: one export per workflow type.
export { deliverOutcome } from './deliver-outcome';
export { refreshConnection } from './refresh-connection';
export {
  accountsUpdated,
  callsTaskQueue,
  connectionStatusChanged,
  DEFAULT_TASK_QUEUE,
  DELIVER_OUTCOME,
  deliveryWorkflowId,
  join,
  PROGRESS_MEMO,
  REFRESH_CONNECTION,
  refreshWorkflowId,
  searchAttributes,
  transactionsAggregated,
} from './messages';
export type { EventSignal, StatusSignal } from '../refresh/model/event';
export type { JoinSignal } from './messages';
export type { OutcomeDelivery, RefreshResult } from '../refresh/model/outcome';
export type { Progress } from '../refresh/model/progress';
export type { RefreshRequest } from '../refresh/model/request';
