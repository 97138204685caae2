export * from './errors';
export { REFRESH_STATES } from './refresh-description';
export type { RefreshDescription, RefreshState } from './refresh-description';
export { RefreshClient } from './refresh-client';
export type {
  CancelAnswer,
  ConnectionDisposition,
  ConnectionLister,
  CustomerRefreshRequest,
  EventMessage,
  RefreshClientOptions,
  RefreshFilter,
  RefreshHandle,
  RefreshPage,
} from './refresh-client';
