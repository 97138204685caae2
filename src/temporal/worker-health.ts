import { once } from 'node:events';
import { createServer } from 'node:http';
import { errorMessage } from '../lib/error-message';
import { withTimeout } from '../lib/with-timeout';
import { SetupError } from './setup-error';

/** 2 s: a probe that waits longer is given up by Kubernetes anyway. */
const PING_MS = 2_000;

export interface WorkerHealth {
  /** The SDK's state of the worker. */
  readonly state: () => string;
  /** Rejects when Temporal does not answer. */
  readonly ping: () => Promise<unknown>;
}

/**
 * Serves the worker's probes. `/healthz`: 200 as long as the worker has not failed or stopped. `/readyz`: 200 while it polls and
 * Temporal answers. Anything else is 503, with the reason in JSON.
 * @param address host and port
 * @returns closes the server
 * @throws SetupError when nothing can listen there
 */
export async function serveHealth(
  address: string,
  { state, ping }: WorkerHealth,
): Promise<() => Promise<void>> {
  const isReachable = () =>
    withTimeout(
      PING_MS,
      ping().then(() => true),
      () => false,
    ).catch(() => false);
  const answerTo = async (path: string | undefined): Promise<readonly [status: number, body: object]> => {
    const worker = state();
    if (path === '/healthz') {
      const ok = worker !== 'FAILED' && worker !== 'STOPPED';
      return [ok ? 200 : 503, { ok, worker }];
    }
    if (path !== '/readyz') return [404, { paths: ['/healthz', '/readyz'] }];
    const isThere = await isReachable();
    const ok = isThere && worker === 'RUNNING';
    return [ok ? 200 : 503, { ok, worker, temporal: isThere ? 'ok' : 'unreachable' }];
  };
  const server = createServer((request, response) => {
    void answerTo(request.url?.split('?', 1)[0]).then(([status, body]) => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(body));
    });
  });
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
  server.listen({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) });
  await once(server, 'listening').catch((error: unknown) => {
    throw new SetupError(
      `HEALTH_ADDRESS: the worker cannot listen on ${address}: ${errorMessage(error)}. Name an address of this machine and a free port.`,
    );
  });
  return async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
}
