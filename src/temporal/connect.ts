import { once } from 'node:events';
import { connect } from 'node:net';
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { ConfigError } from '../config';
import { reasonOf } from '../lib/reason-of';
import { SetupError } from './setup-error';

/** 10 s: a server that takes longer to greet a client is not fit to work with. */
export const CONNECT_WITHIN_MS = 10_000;

/** 1 s: a host that says nothing in that time may be far away; gRPC's own bound is for it. */
const REFUSED_WITHIN_MS = 1_000;
const REFUSALS: ReadonlyMap<unknown, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there'],
  ['ENOTFOUND', 'no host of that name is known'],
  ['ERR_SOCKET_BAD_PORT', 'no port is above 65535'],
]);

/** Where Temporal is and which namespace is ours. */
export interface TemporalTarget {
  /** `host:port`. */
  readonly address: string;
  readonly namespace: string;
  /** The address, TLS, API key and headers, for `Connection` and `NativeConnection` alike. */
  readonly connectionOptions: NativeConnectionOptions;
}

/**
 * Reads `TEMPORAL_*` variables and the profile they name, as every Temporal SDK and the CLI do. Empty variables
 * count as unset. Defaults: `localhost:7233`, namespace `default`.
 * @throws ConfigError when the profile cannot be read.
 */
export function loadTemporalTarget(env: NodeJS.ProcessEnv = process.env): TemporalTarget {
  const given = Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]));
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({
      overrideEnvVars: Object.fromEntries(given),
    });
    const address = connectionOptions.address ?? 'localhost:7233';
    return {
      address,
      namespace: namespace ?? 'default',
      connectionOptions: { ...connectionOptions, address },
    };
  } catch (error) {
    throw new ConfigError(
      `The Temporal profile cannot be read: ${reasonOf(error)}. See TEMPORAL_CONFIG_FILE and TEMPORAL_PROFILE.`,
      { cause: error },
    );
  }
}

/**
 * Connects a client: what starts, signals and describes workflows. Workers use `connectWorker`. Says at once when nothing
 * listens there, which gRPC tries again until its deadline.
 * @throws SetupError when Temporal cannot be reached within `withinMs` (default 10 s).
 */
export async function connectClient(
  target: TemporalTarget,
  withinMs = CONNECT_WITHIN_MS,
): Promise<Connection> {
  const isProxied = ['grpc_proxy', 'https_proxy', 'http_proxy'].some((name) => process.env[name]);
  const refusal = isProxied ? undefined : REFUSALS.get(await connectError(target.address));
  if (refusal !== undefined) throw cannotReach(target, new Error(refusal));
  try {
    return await Connection.connect({ ...target.connectionOptions, connectTimeout: withinMs });
  } catch (error) {
    throw cannotReach(target, error);
  }
}

/** The code of the error that a connection ends with, if one comes soon. */
async function connectError(address: string): Promise<unknown> {
  const [, host = '', port = ''] = /^\[?([^/]+?)\]?:(\d+)$/.exec(address) ?? [];
  if (port === '') return undefined;
  if (Number(port) > 65_535) return 'ERR_SOCKET_BAD_PORT';
  const socket = connect({ host, port: Number(port) });
  const soon = { signal: AbortSignal.timeout(REFUSED_WITHIN_MS) };
  return once(socket, 'connect', soon)
    .then(
      () => undefined,
      (error: unknown): unknown => Reflect.get(Object(error), 'code'),
    )
    .finally(() => socket.destroy());
}

/** What of a target must not be logged. */
export function secretsOf({ connectionOptions: { apiKey, metadata } }: TemporalTarget): readonly string[] {
  const values = [apiKey, ...Object.values(metadata ?? {})];
  return values.filter((value) => typeof value === 'string');
}

/** One sentence for every way not to reach Temporal: what was tried, why it failed, what to do. */
export function cannotReach({ address }: TemporalTarget, cause: unknown): SetupError {
  return new SetupError(
    `Temporal cannot be reached at ${address}: ${reasonOf(cause)}. Is it running, and is TEMPORAL_ADDRESS right? ` +
      'To start one on this machine: temporal server start-dev',
    { cause },
  );
}
