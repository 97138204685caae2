import { z } from 'zod';
import type { ConnectionState } from './connection';
import { scenarioParams } from '../scenarios/plan';
import type { Random } from './random';
import { planOf, SCENARIO_NAMES, startOf } from '../scenarios/scenarios';
import { PRODUCTS } from './meld-enums';

const DAY_MS = 86_400_000;
/** Past the usual automatic aggregation of the day before: data that a caller will want fresher. */
const LAST_AGGREGATION_AGO_MS = 26 * 3_600_000;
const CREATED_AGO_MS = 30 * DAY_MS;

const text = z.string().min(1).max(200);
export const connectionId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected 1 to 64 letters, digits, "-" or "_"');
const instantMs = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
/** Any word passes: Meld may add products. */
const products = z.array(text).max(50);

/** A connection to create. Everything may be left out. */
export const connectionSpec = z.strictObject({
  id: connectionId.optional(),
  /** So many alike at once; only without an `id`. */
  count: z.number().int().min(1).max(5_000).default(1),
  scenario: z.enum(SCENARIO_NAMES).default('healthy'),
  params: scenarioParams.prefault({}),
  /** Default: the scenario's. */
  provider: text.optional(),
  customerId: text.optional(),
  externalCustomerId: text.nullable().default(null),
  institutionId: text.optional(),
  institutionName: text.optional(),
  products: products.default(['BALANCES', 'IDENTIFIERS', 'OWNERS', 'TRANSACTIONS']),
  optionalProducts: products.default([]),
  status: text.optional(),
  statusReason: text.nullable().optional(),
  createdAt: instantMs.optional(),
  /** Default: 26 hours ago. */
  successfullyAggregatedAt: instantMs.nullable().optional(),
  windowUntil: instantMs.nullable().default(null),
  /** The id of another connection to the same accounts. */
  duplicateOf: connectionId.optional(),
});
export type ConnectionSpec = z.input<typeof connectionSpec>;

/** What a control call may change. A new scenario or new params start their plan from its first step. */
export const connectionChange = z.strictObject({
  scenario: z.enum(SCENARIO_NAMES).optional(),
  params: scenarioParams.optional(),
  institutionName: text.optional(),
  products: products.optional(),
  optionalProducts: products.optional(),
  status: text.optional(),
  /** Without it a new status has no reason. */
  statusReason: text.nullable().optional(),
  successfullyAggregatedAt: instantMs.nullable().optional(),
  windowUntil: instantMs.nullable().optional(),
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
  const start = startOf(spec.scenario);
  const id = spec.id ?? random.id();
  const provider = spec.provider ?? start.provider;
  const { successfullyAggregatedAt: aggregatedAtMs = nowMs - LAST_AGGREGATION_AGO_MS } = spec;
  return {
    id,
    key: random.id(),
    createdAtMs: spec.createdAt ?? nowMs - CREATED_AGO_MS,
    customerId: spec.customerId ?? random.id(),
    externalCustomerId: spec.externalCustomerId,
    institutionId: spec.institutionId ?? random.id(),
    serviceProvider: provider,
    group: group ?? id,
    institutionName: spec.institutionName ?? `First Simulated Bank (${provider})`,
    products: spec.products,
    optionalProducts: spec.optionalProducts,
    status: spec.status ?? start.status ?? 'ACTIVE',
    statusReason: spec.statusReason ?? (spec.status === undefined ? (start.statusReason ?? null) : null),
    aggregatedAtMs,
    windowUntilMs: spec.windowUntil,
    scenario: spec.scenario,
    plan: planOf(spec.scenario, spec.params),
    reads: 0,
    callStep: 0,
    triggered: new Set(),
  };
}
