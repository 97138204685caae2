import { z } from 'zod';
import { aggregate } from './calls/aggregation';
import { viewConnection } from './calls/read';
import { completeRepair } from './calls/repair';
import type { Meld } from './meld';
import { parseInput } from './meld-error';
import { milliseconds, DEFAULT_DELIVERY } from './scenarios/plan';
import { planOf, type ScenarioName } from './scenarios/scenarios';
import { toInstant } from './state/clock';
import type { ConnectionState, MeldConnection } from './state/connection';
import {
  connectionChange,
  connectionId,
  refreshedProducts,
  type ConnectionChange,
  type ConnectionSpec,
} from './state/connection-spec';
import type { Hold, HoldPoint } from './state/holds';
import { changeStatus, makeEvent, type WebhookEvent } from './webhooks/events';

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
export type Controls = ReturnType<typeof makeControls>;

export function makeControls(meld: Meld) {
  const { connections } = meld;

  const show = (state: ConnectionState): SimulatedConnection => ({
    ...viewConnection(meld, state),
    scenario: state.scenario,
    windowUntil: state.windowUntilMs === null ? null : toInstant(state.windowUntilMs),
    reads: state.reads,
  });

  return {
    createConnection(spec: ConnectionSpec = {}): SimulatedConnection {
      const [made] = connections.create([spec]);
      if (!made) throw new Error('a spec makes at least one connection');
      return show(made);
    },
    /** All or none. */
    createConnections: (specs: readonly ConnectionSpec[]): SimulatedConnection[] =>
      connections.create(specs).map(show),
    connection: (connectionId: string): SimulatedConnection => show(connections.get(connectionId)),
    connections: (): SimulatedConnection[] => connections.all().map(show),
    updateConnection(connectionId: string, input: ConnectionChange): SimulatedConnection {
      const state = connections.get(connectionId);
      change(state, parseInput(connectionChange, input), meld);
      return show(state);
    },
    /** An automatic aggregation, charged to nobody. Resolves when its webhooks had their first attempts. */
    async aggregate(connectionId: string, input: AggregationInput = {}): Promise<void> {
      const { products = null, afterMs } = parseInput(aggregation, input);
      await aggregate(meld, connections.get(connectionId), { products, afterMs });
    },
    /** The customer completes the repair. */
    completeRepair(connectionId: string): SimulatedConnection {
      const state = connections.get(connectionId);
      completeRepair(meld, state);
      return show(state);
    },
    /** Sends one webhook by hand, past the connection's delivery plan. Resolves after the first attempt. */
    async emit(input: Emission): Promise<WebhookEvent> {
      const { eventType, timestamp, connectionId = null, ...details } = parseInput(emission, input);
      const connection = connectionId === null ? null : connections.get(connectionId);
      const made = makeEvent(meld, connection, eventType, meld.now(), details);
      const event = timestamp === undefined ? made : { ...made, timestamp };
      // By hand means: as it was typed.
      await meld.outbox.send([event], connectionId, DEFAULT_DELIVERY);
      return event;
    },
    /** Holds the connection's next refresh call; default `after_execution`. */
    hold: (connectionId: string, point: HoldPoint = 'after_execution'): Hold =>
      meld.holds.arm(connections.get(connectionId).id, parseInput(holdPoint, point)),
    /** In the order of the calls. A call without the right API key, or without readable JSON, is no entry. */
    ledger: meld.ledger.entries,
    deliveries: meld.outbox.deliveries,
    /** Waits for the simulator to get there; default at most 10 s. */
    until: (condition: () => boolean, timeoutMs = 10_000): Promise<void> =>
      meld.changeSignal.until(condition, timeoutMs),
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
  else changeStatus(meld, state, next);
}
