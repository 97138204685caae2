import { z } from 'zod';
import type { ConnectionState, MeldConnection } from './state/connection';
import {
  connectionChange,
  connectionId,
  refreshedProducts,
  type ConnectionChange,
  type ConnectionSpec,
} from './state/connection-spec';
import type { WebhookEvent } from './webhooks/event';
import type { Hold, HoldPoint } from './state/holds';
import { toInstant } from './time/instant';
import type { LedgerEntry } from './state/ledger';
import type { Meld } from './meld';
import { parseInput } from './meld-error';
import type { Delivery } from './webhooks/outbox';
import { milliseconds, DEFAULT_DELIVERY } from './scenarios/plan';
import { planOf, type ScenarioName } from './scenarios/scenarios';

/** A connection as Meld shows it, with what only the simulator knows. */
export type SimulatedConnection = MeldConnection & {
  readonly scenario: ScenarioName;
  /** No forced refresh before it. */
  readonly windowUntil: string | null;
  /** GETs so far, of this scenario. */
  readonly reads: number;
};

const text = z.string().min(1).max(200);

const emission = z.strictObject({
  eventType: text,
  /** Left out: an event of no connection, such as WEBHOOK_TEST. */
  connectionId: connectionId.optional(),
  timestamp: z.iso.datetime({ offset: true }).optional(),
  eventId: text.optional(),
  /** Added to the payload. */
  payload: z.record(z.string(), z.unknown()).optional(),
});
export type Emission = z.input<typeof emission>;

const aggregation = z.strictObject({
  products: refreshedProducts.optional(),
  afterMs: milliseconds.default(0),
});
export type AggregationInput = z.input<typeof aggregation>;

const holdPoint = z.enum(['before_execution', 'after_execution']);

/** What a test, or a person with curl, may do to the simulated Meld. Methods throw on wrong input and unknown ids. */
export interface Controls {
  createConnection(spec?: ConnectionSpec): SimulatedConnection;
  /** All or none. */
  createConnections(specs: readonly ConnectionSpec[]): SimulatedConnection[];
  connection(connectionId: string): SimulatedConnection;
  connections(): SimulatedConnection[];
  updateConnection(connectionId: string, change: ConnectionChange): SimulatedConnection;
  /** An automatic aggregation, charged to nobody. Resolves when its webhooks had their first attempts. */
  aggregate(connectionId: string, input?: AggregationInput): Promise<void>;
  /** The customer completes the repair. */
  completeRepair(connectionId: string): SimulatedConnection;
  /** Sends one webhook by hand, past the connection's delivery plan. Resolves after the first attempt. */
  emit(event: Emission): Promise<WebhookEvent>;
  /** Holds the connection's next refresh call; default `after_execution`. */
  hold(connectionId: string, point?: HoldPoint): Hold;
  /** In the order of the calls. A call without the right API key, or without readable JSON, is no entry. */
  ledger(connectionId?: string): LedgerEntry[];
  deliveries(connectionId?: string): Delivery[];
  /** Waits for the simulator to get there; default at most 10 s. */
  until(condition: () => boolean, timeoutMs?: number): Promise<void>;
  reset(): void;
}

export function makeControls(meld: Meld): Controls {
  const { connections, now } = meld;

  const show = (state: ConnectionState): SimulatedConnection => ({
    ...meld.reader.view(state),
    scenario: state.scenario,
    windowUntil: state.windowUntilMs === null ? null : toInstant(state.windowUntilMs),
    reads: state.reads,
  });

  const createConnections: Controls['createConnections'] = (specs) => connections.create(specs).map(show);

  return {
    createConnections,
    createConnection(spec = {}) {
      const [made] = connections.create([spec]);
      if (!made) throw new Error('a spec makes at least one connection');
      return show(made);
    },
    connection: (id) => show(connections.get(id)),
    connections: () => connections.all().map(show),
    updateConnection(id, input) {
      const state = connections.get(id);
      change(state, parseInput(connectionChange, input), meld);
      return show(state);
    },
    async aggregate(id, input = {}) {
      const { products = null, afterMs } = parseInput(aggregation, input);
      const connection = connections.get(id);
      await meld.aggregations.start({ connection, products, afterMs });
    },
    completeRepair(id) {
      const state = connections.get(id);
      meld.repairs.complete(state);
      return show(state);
    },
    async emit(input) {
      const { eventType, eventId, payload, timestamp, connectionId: id } = parseInput(emission, input);
      const connection = id === undefined ? null : connections.get(id);
      const made = meld.makeEvent({ eventType, connection, atMs: now(), eventId, payload });
      const event = timestamp === undefined ? made : { ...made, timestamp };
      // By hand means: as it was typed.
      await meld.outbox.send({ events: [event], connectionId: id ?? null, plan: DEFAULT_DELIVERY });
      return event;
    },
    hold: (id, point = 'after_execution') =>
      meld.holds.arm(connections.get(id).id, parseInput(holdPoint, point)),
    ledger: meld.ledger.entries,
    deliveries: meld.outbox.deliveries,
    until: meld.changeSignal.until,
    reset: () => meld.reset(),
  };
}

function change(state: ConnectionState, input: z.output<typeof connectionChange>, meld: Meld): void {
  const { status, statusReason, successfullyAggregatedAt, windowUntil } = input;
  if (input.scenario !== undefined || input.params !== undefined) {
    state.scenario = input.scenario ?? state.scenario;
    state.plan = planOf(state.scenario, input.params ?? {});
    state.reads = 0;
    state.callStep = 0;
    state.triggered.clear();
  }
  state.institutionName = input.institutionName ?? state.institutionName;
  state.products = input.products ?? state.products;
  state.optionalProducts = input.optionalProducts ?? state.optionalProducts;
  if (successfullyAggregatedAt !== undefined) state.aggregatedAtMs = successfullyAggregatedAt;
  if (windowUntil !== undefined) state.windowUntilMs = windowUntil;
  if (status === undefined && statusReason === undefined) return;
  const next = { status: status ?? state.status, statusReason: statusReason ?? null };
  if (input.announce === 'silent') Object.assign(state, next);
  else meld.publisher.changeStatus(state, next, meld.now());
}
