import type { RefreshPolicyInput } from '../../refresh/model/policy';
import type { Environment } from './child-environment';
import type { ProcessName } from './stack-process';

export interface StackOptions {
  /** For Temporal's SQLite file and the logs; default: a new one among the temporary files. Never removed. */
  readonly folder?: string;
  /** `REFRESH_POLICY` of worker and server. */
  readonly policy?: RefreshPolicyInput;
  /** Of worker and server; default `info`. */
  readonly logLevel?: string;
  /** Who may use the API; default: everyone who reaches loopback. */
  readonly apiKeys?: readonly string[];
  /** Further arguments of the Temporal dev server. */
  readonly temporalArgs?: readonly string[];
  /** Fixed ports; each one left out is a free one. */
  readonly ports?: Partial<StackPorts>;
  /** Further variables per process, over those that the stack sets. */
  readonly env?: Partial<Record<Exclude<ProcessName, 'temporal'>, Environment>>;
  /** Default 60 s for each process. */
  readonly startWithinMs?: number;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
}

export interface SimulatedStackOptions extends StackOptions {
  readonly simulator?: {
    readonly seed?: number;
    /** Factor on the webhooks' retry schedule; default 1. */
    readonly timeScale?: number;
  };
}

export interface MeldStackOptions extends StackOptions {
  /** `MELD_*` variables for worker and server. */
  readonly meld: Environment;
}

export type StackPorts = Readonly<Record<'api' | 'temporal' | 'ui' | 'simulator', number>>;
