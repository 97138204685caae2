import { z } from 'zod';
import type { ConnectionState } from './connection';
import { scenarioParams } from '../scenarios/plan';
import type { Random } from './random';
import { planOf, SCENARIO_NAMES, scenarioOf } from '../scenarios/scenarios';
import { PRODUCTS } from './meld-enums';

const DAY_MS = 86_400_000;
/** Past the usual automatic aggregation of the day before: data that a caller will want fresher. */
const LAST_AGGREGATION_AGO_MS = 26 * 3_600_000;
const CREATED_AGO_MS = 30 * DAY_MS;
const DEFAULT_PRODUCTS = ['BALANCES', 'IDENTIFIERS', 'OWNERS', 'TRANSACTIONS'];

const text = z.string().min(1).max(200);
export const connectionId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected 1 to 64 letters, digits, "-" or "_"');
const instantMs = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
/** Any word passes: Meld may add products. */
const products = z.array(text).max(50);

/** What a connection is created with, and what may be changed of it later. */
const changeable = {
  scenario: z.enum(SCENARIO_NAMES).optional(),
  params: scenarioParams.optional(),
  institutionName: text.optional(),
  products: products.optional(),
  optionalProducts: products.optional(),
  status: text.optional(),
  /** Without it a status that is given has no reason. */
  statusReason: text.nullable().optional(),
  /** Default of a new connection: 26 hours ago. */
  successfullyAggregatedAt: instantMs.nullable().optional(),
  windowUntil: instantMs.nullable().optional(),
};

/** A connection to create. Everything may be left out. */
export const connectionSpec = z.strictObject({
  ...changeable,
  id: connectionId.optional(),
  /** So many alike at once; only without an `id`. */
  count: z.number().int().min(1).max(5_000).default(1),
  /** Default: the scenario's. */
  provider: text.optional(),
  customerId: text.optional(),
  externalCustomerId: text.nullable().optional(),
  institutionId: text.optional(),
  createdAt: instantMs.optional(),
  /** The id of another connection to the same accounts. */
  duplicateOf: connectionId.optional(),
});
export type ConnectionSpec = z.input<typeof connectionSpec>;

/** What a control call may change. A new scenario or new params start their plan from its first step. */
export const connectionChange = z.strictObject({
  ...changeable,
  /** Whether a webhook announces the changed status. */
  announce: z.enum(['webhook', 'silent']).default('webhook'),
});
export type ConnectionChange = z.input<typeof connectionChange>;

export const refreshedProducts = z.array(z.enum(PRODUCTS)).max(50);

interface NewConnection {
  readonly spec: z.output<typeof connectionSpec>;
  readonly group: string | null;
  readonly random: Random;
  readonly nowMs: number;
}

export function newConnection({ spec, group, random, nowMs }: NewConnection): ConnectionState {
  const { scenario = 'healthy', params = {} } = spec;
  const start = scenarioOf(scenario);
  const id = spec.id ?? random.id();
  const provider = spec.provider ?? start.provider;
  const { successfullyAggregatedAt: aggregatedAtMs = nowMs - LAST_AGGREGATION_AGO_MS } = spec;
  return {
    id,
    key: random.id(),
    createdAtMs: spec.createdAt ?? nowMs - CREATED_AGO_MS,
    customerId: spec.customerId ?? random.id(),
    externalCustomerId: spec.externalCustomerId ?? null,
    institutionId: spec.institutionId ?? random.id(),
    serviceProvider: provider,
    group: group ?? id,
    institutionName: spec.institutionName ?? `First Simulated Bank (${provider})`,
    products: spec.products ?? DEFAULT_PRODUCTS,
    optionalProducts: spec.optionalProducts ?? [],
    status: spec.status ?? start.status ?? 'ACTIVE',
    statusReason: spec.statusReason ?? (spec.status === undefined ? (start.statusReason ?? null) : null),
    aggregatedAtMs,
    windowUntilMs: spec.windowUntil ?? null,
    scenario,
    plan: planOf(scenario, params),
    reads: 0,
    callStep: 0,
    triggered: new Set(),
    planned: new Set(),
  };
}
