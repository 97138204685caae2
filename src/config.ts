import { assemble, type Config, type MeldSettings } from './config/assemble';
import { readPolicy } from './config/policy';
import { MISSING_ENVIRONMENT, callTimeoutProblems, crossFieldProblems } from './config/cross-field-problems';
import { readVariables } from './config/variables';
import { OperatorError } from './lib/run-main';

export type { Config, MeldSettings, WorkerTuning } from './config/assemble';

/** The environment cannot be worked with; the message names every wrong variable and what it should be. */
export class ConfigError extends OperatorError {
  override readonly name = 'ConfigError';
}

/** The configuration of a process that speaks to Meld. */
export type MeldConfig = Config & { readonly meld: MeldSettings };

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

/**
 * Reads the environment. Empty variables count as unset.
 * @throws ConfigError that names every wrong variable, what it should be, and (unless it is secret) what came.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return load(env, []);
}

/** What asking for refreshes takes. The policy's `callTimeout` is bounded by `MELD_TIMEOUT`. */
const REFRESH_VARIABLES = [
  'TEMPORAL_TASK_QUEUE',
  'PAYLOAD_KEYS',
  'REFRESH_POLICY',
  'MELD_TIMEOUT',
  'OUTCOME_WEBHOOK_URL',
  'OUTCOME_WEBHOOK_SECRET',
];

const MELD_VARIABLES = [
  'MELD_API_KEY',
  'MELD_ENVIRONMENT',
  'MELD_BASE_URL',
  'MELD_TIMEOUT',
  'REFRESH_POLICY',
];

/** What a client of refreshes needs, which no other variable stands in the way of. */
export function loadRefreshesConfig(
  env: NodeJS.ProcessEnv,
): Pick<Config, 'payloadKeys' | 'policy' | 'temporal'> {
  return loadConfig(only(REFRESH_VARIABLES, env));
}

/** What a client of Meld needs, which must be there. */
export function loadMeldConfig(env: NodeJS.ProcessEnv): MeldSettings {
  return loadWorkerConfig(only(MELD_VARIABLES, env)).meld;
}

const only = (names: readonly string[], env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(names.map((name) => [name, env[name]]));

/** What the worker needs: `loadConfig`, and `MELD_API_KEY` with `MELD_ENVIRONMENT` or `MELD_BASE_URL` must be there. */
export function loadWorkerConfig(env: NodeJS.ProcessEnv = process.env): MeldConfig {
  return withMeld(env, []);
}

/** What the server needs: Meld as for the worker, and `API_KEYS` unless it listens on loopback alone. */
export function loadServerConfig(env: NodeJS.ProcessEnv = process.env): MeldConfig {
  const { HOST: host = '127.0.0.1' } = readVariables(env).values;
  if (env['API_KEYS'] || LOOPBACK.test(host)) return withMeld(env, []);
  const because = `because HOST is ${JSON.stringify(host)}, which others can reach`;
  return withMeld(env, [`API_KEYS: expected at least one key ${because}`]);
}

function withMeld(env: NodeJS.ProcessEnv, problems: readonly string[]): MeldConfig {
  const missing = [
    ...(env['MELD_API_KEY'] ? [] : ["MELD_API_KEY: expected Meld's raw API key, received nothing"]),
    ...(env['MELD_ENVIRONMENT'] || env['MELD_BASE_URL'] ? [] : [MISSING_ENVIRONMENT]),
  ];
  const config = load(env, [...missing, ...problems]);
  const { meld } = config;
  if (meld === null) throw new ConfigError('Meld is not configured: set MELD_API_KEY and MELD_ENVIRONMENT.');
  return { ...config, meld };
}

function load(env: NodeJS.ProcessEnv, found: readonly string[]): Config {
  const { values, problems } = readVariables(env);
  const { policy, problems: policyProblems } = readPolicy(env['REFRESH_POLICY']);
  const all = new Set([
    ...problems,
    ...policyProblems,
    ...crossFieldProblems(env),
    ...callTimeoutProblems(values, policy),
    ...found,
  ]);
  if (all.size > 0) {
    throw new ConfigError(
      `The configuration is wrong.\n${[...all].map((problem) => `- ${problem}`).join('\n')}`,
    );
  }
  return assemble(values, policy);
}
