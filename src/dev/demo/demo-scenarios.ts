import type { RefreshPolicyInput } from '../../refresh/model/policy';
import { SCENARIO_NAMES } from '../../simulator/scenarios/scenarios';
import { scenariosAt, type Scenario } from '../scenarios';

/** 8 s for the three hours of an MX connection. */
const WINDOW_MS = 8_000;
const WINDOW = `${WINDOW_MS}ms`;

/** Hours as seconds. What is not here is as in production. */
export const DEMO_POLICY: RefreshPolicyInput = {
  settle: '2s',
  completionWait: '30s',
  poll: { first: '4s', factor: 1.5, maximum: '8s' },
  unknownAnswerWait: '10s',
  serverErrorRetries: 2,
  serverErrorBackoff: { initial: '1s', factor: 2, maximum: '4s' },
  statusChangeWait: '20s',
  defaultRateLimitWindow: WINDOW,
  rateLimitFloor: '1s',
  giveUpAfter: '45s',
  providers: { MX: { forcedRefreshEvery: WINDOW, after: 'any_aggregation' } },
};

/** 4 s: how long one request to Meld may take before its answer counts as lost. */
export const DEMO_MELD_TIMEOUT = '4s';

export interface DemoScenario extends Scenario {
  readonly name: string;
}

// 1.5 s: long enough to be seen waiting.
const scenarios = scenariosAt({ aggregationMs: 1_500, windowMs: WINDOW_MS });
export const DEMO_SCENARIOS: readonly DemoScenario[] = SCENARIO_NAMES.map((name) => ({
  name,
  ...scenarios[name],
}));
