import type { Plan } from '../scenarios/plan';
import type { ScenarioName } from '../scenarios/scenarios';
import { toInstant, type PlannedEvent } from './clock';

/** A connection as the simulator keeps it; its modules change it in place. */
export interface ConnectionState {
  readonly id: string;
  readonly key: string;
  readonly createdAtMs: number;
  readonly customerId: string;
  readonly externalCustomerId: string | null;
  readonly institutionId: string;
  readonly serviceProvider: string;
  /** Connections of one group are duplicates of each other. */
  readonly group: string;
  institutionName: string;
  products: readonly string[];
  optionalProducts: readonly string[];
  status: string;
  statusReason: string | null;
  aggregatedAtMs: number | null;
  /** No forced refresh before it. */
  windowUntilMs: number | null;
  scenario: ScenarioName;
  plan: Plan;
  /** Reads and calls that the plan has answered. */
  reads: number;
  callStep: number;
  /** Steps whose `then` has been set off. */
  readonly triggered: Set<number>;
  /** What is going to happen to it. */
  readonly planned: Set<PlannedEvent>;
}

export interface Duplicates {
  readonly activeId: string | null;
  readonly otherIds: readonly string[] | null;
}

/** The answer to GET /bank-linking/connections/{connectionId}. */
export function toMeldConnection(state: ConnectionState, duplicates: Duplicates, accountId: string) {
  return {
    accountId,
    activeDuplicateConnectionId: duplicates.activeId,
    createdAt: toInstant(state.createdAtMs),
    customerId: state.customerId,
    duplicateConnectionIds: duplicates.otherIds,
    externalCustomerId: state.externalCustomerId,
    id: state.id,
    institutionId: state.institutionId,
    institutionName: state.institutionName,
    key: state.key,
    optionalProducts: state.optionalProducts,
    products: state.products,
    regions: ['US'],
    serviceProviderDetails: providerDetails(state),
    status: state.status,
    statusReason: state.statusReason,
    successfullyAggregatedAt: state.aggregatedAtMs === null ? null : toInstant(state.aggregatedAtMs),
  };
}
export type MeldConnection = ReturnType<typeof toMeldConnection>;

/** What each provider adds differs, so nobody may lean on more than `serviceProvider`. */
export function providerDetails({
  serviceProvider,
  id,
  customerId,
}: ConnectionState): Record<string, string> {
  switch (serviceProvider) {
    case 'PLAID':
      return { serviceProvider, itemId: `item-${id}` };
    case 'MX':
      return { serviceProvider, memberGuid: `MBR-${id}`, userGuid: `USR-${customerId}` };
    case 'FINICITY':
      return { serviceProvider, institutionLoginId: id, customerId };
    default:
      return { serviceProvider };
  }
}
