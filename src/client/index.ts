export { RefreshClient } from './refresh-client';
export type { CancelAnswer, RefreshClientOptions, RefreshHandle } from './refresh-client';
export { REFRESH_STATES } from './refresh-description';
export type { RefreshDescription, RefreshState } from './refresh-description';
export type { Paging, RefreshPage } from './list-refreshes';
export type { RefreshFilter } from './visibility-query';
export type { WaitOptions } from './wait-for-end';
export type {
  ConnectionDisposition,
  ConnectionLister,
  CustomerConnection,
  CustomerRefreshRequest,
} from './refresh-customer';
export {
  IdempotencyConflictError,
  isRefreshError,
  ProductNotAvailableError,
  RefreshCanceledError,
  RefreshClientError,
  RefreshContendedError,
  RefreshFailedError,
  RefreshNotFoundError,
  RefreshStuckError,
  ResultNotReadyError,
  TemporalRejectedError,
  TemporalUnavailableError,
} from './errors';
export type { RefreshError, RefreshErrorCode } from './errors';
export { InvalidRequestError } from '../refresh/input/invalid-request';
export { OUTCOMES } from '../refresh/model/outcome';
export type {
  Call,
  EscalationReason,
  Evidence,
  Outcome,
  OutcomeMessage,
  RefreshResult,
} from '../refresh/model/outcome';
export type { Duration } from '../refresh/model/duration';
export type { ProviderRule, RefreshPolicy, RefreshPolicyInput } from '../refresh/model/policy';
export { DEFAULT_POLICY } from '../refresh/model/policy';
export { PRODUCTS } from '../refresh/model/product';
export type { Product } from '../refresh/model/product';
export type { Phase, Progress } from '../refresh/model/progress';
export type { OnRateLimit, OnRepair, RefreshRequest, RequestPriority } from '../refresh/model/request';
export type { EventMessage, EventSignal, StatusSignal } from '../refresh/model/event';
