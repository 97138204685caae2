export { RefreshClient } from './refresh-client';
export type { CancelAnswer, EventMessage, RefreshClientOptions, RefreshHandle } from './refresh-client';
export { REFRESH_STATES } from './refresh-description';
export type { RefreshDescription, RefreshState } from './refresh-description';
export type { Paging, RefreshPage } from './list-refreshes';
export type { RefreshFilter } from './visibility-query';
export type { WaitOptions } from './wait-for-end';
export type { ConnectionDisposition, ConnectionLister, CustomerRefreshRequest } from './refresh-customer';
export {
  isRefreshError,
  ProductNotAvailable,
  RefreshCanceled,
  RefreshClientError,
  RefreshContended,
  RefreshFailed,
  RefreshNotFound,
  ResultNotReady,
  TemporalRejected,
  TemporalUnavailable,
} from './errors';
export type { RefreshError, RefreshErrorCode } from './errors';
export { InvalidRequest } from '../refresh/invalid-request';
export { OUTCOMES } from '../refresh/outcome';
export type {
  Call,
  EscalationReason,
  Evidence,
  Outcome,
  OutcomeMessage,
  RefreshResult,
} from '../refresh/outcome';
export type { Duration } from '../refresh/duration';
export type { ProviderRule, RefreshPolicy, RefreshPolicyInput } from '../refresh/policy';
export { DEFAULT_POLICY } from '../refresh/policy';
export { PRODUCTS } from '../refresh/product';
export type { Product } from '../refresh/product';
export type { Phase, Progress } from '../refresh/progress';
export type { OnRateLimit, OnRepair, RefreshRequest } from '../refresh/request';
export type { EventSignal, StatusSignal } from '../workflows/messages';
