import path from 'node:path';
import type { RefreshPolicyInput } from '../../refresh/model/policy';
import type { TemporalTarget } from '../../temporal/connect';

export type Environment = Readonly<Record<string, string>>;

/** Variables that configure this product: inherited ones must not reach a stack that is configured otherwise. */
const OURS =
  /^(MELD|TEMPORAL|SIMULATOR|OUTCOME_WEBHOOK)_|^(API_KEYS|API_RATE_LIMIT|PAYLOAD_KEYS|CODEC_CORS_ORIGIN|HOST|PORT|METRICS_ADDRESS|HEALTH_ADDRESS|REFRESH_POLICY|LOG_LEVEL)$/;

/** What a program of the stack inherits: the path, the home folder, proxies; nothing of ours. */
export function inheritedEnv(env: NodeJS.ProcessEnv): Environment {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !OURS.test(entry[0]),
    ),
  );
}

interface SharedSettings {
  readonly temporal: Pick<TemporalTarget, 'address' | 'namespace'>;
  readonly policy?: RefreshPolicyInput | undefined;
  readonly logLevel: string;
  readonly folder: string;
}

/** What worker and server have in common besides Meld. */
export function sharedEnvironment({ temporal, policy, logLevel, folder }: SharedSettings): Environment {
  return {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    // A profile in the home folder may hold keys and TLS of another Temporal; a file that is not there is no error.
    TEMPORAL_CONFIG_FILE: path.join(folder, 'no-temporal-profile.toml'),
    LOG_LEVEL: logLevel,
    ...(policy !== undefined && { REFRESH_POLICY: JSON.stringify(policy) }),
  };
}
