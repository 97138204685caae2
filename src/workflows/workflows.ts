/** Everything the worker's bundle holds: one export per workflow type. */
export { refreshConnection } from './refresh-connection';
