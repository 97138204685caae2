import { once } from 'node:events';
import { connect } from 'node:net';
import type { Connection } from '@temporalio/client';
import { cannotReach, connectClient, loadTemporalTarget } from '../../temporal/connect';
import type { TemporalTarget } from '../../temporal/connect';

/** 1 s: a host that says nothing in that time may be far away; gRPC's own bound is for it. */
const REFUSED_WITHIN_MS = 1_000;
const REFUSALS: ReadonlyMap<unknown, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there'],
  ['ENOTFOUND', 'no host of that name is known'],
]);

/**
 * A connection to Temporal as the environment says, for as long as `use` takes; says at once when nothing listens there,
 * which gRPC tries again until its deadline.
 * @throws ConfigError, SetupError
 */
export async function withTemporal<T>(
  env: NodeJS.ProcessEnv,
  use: (connection: Connection, target: TemporalTarget) => Promise<T>,
): Promise<T> {
  const target = loadTemporalTarget(env);
  const isProxied = ['grpc_proxy', 'https_proxy', 'http_proxy'].some((name) => env[name]);
  const refusal = isProxied ? undefined : REFUSALS.get(await connectError(target.address));
  if (refusal !== undefined) throw cannotReach(target, new Error(refusal));
  const connection = await connectClient(target);
  return use(connection, target).finally(() => connection.close());
}

/** The code of the error that a connection ends with, if one comes soon. */
async function connectError(address: string): Promise<unknown> {
  const [, host = '', port = ''] = /^\[?([^/]+?)\]?:(\d+)$/.exec(address) ?? [];
  if (port === '') return undefined;
  const socket = connect({ host, port: Number(port) });
  const soon = { signal: AbortSignal.timeout(REFUSED_WITHIN_MS) };
  return once(socket, 'connect', soon)
    .then(
      () => undefined,
      (error: unknown): unknown => Reflect.get(Object(error), 'code'),
    )
    .finally(() => socket.destroy());
}
