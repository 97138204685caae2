/** Everything the worker's bundle holds: one export per workflow type. */
export { deliverOutcome } from './deliver-outcome';
export { refreshConnection } from './refresh-connection';
