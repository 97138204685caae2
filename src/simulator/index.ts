// First: says what to install where optional dependencies were left out.
import './require-simulator-packages';
export { DEFAULT_API_KEY, DEFAULT_WEBHOOK_SECRET, startSimulator } from './simulator';
export type { Simulator, SimulatorOptions, WebhookTarget } from './simulator';
export type { ConnectionChange, ConnectionSpec } from './state/connection-spec';
export type { AggregationInput, Controls, Emission, SimulatedConnection } from './controls';
export type { WebhookEvent } from './webhooks/events';
export type { Hold, HoldPoint } from './state/holds';
export type { LedgerEntry } from './state/ledger';
export type { Delivery } from './webhooks/outbox';
export { SCENARIO_NAMES } from './scenarios/scenarios';
export type { ScenarioName } from './scenarios/scenarios';
