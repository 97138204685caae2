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
  const answers: Readonly<
    Record<string, () => Promise<Readonly<Record<string, unknown>> & { ok: boolean }>>
  > = {
    '/healthz': () => Promise.resolve({ ok: state() !== 'FAILED' && state() !== 'STOPPED', worker: state() }),
    '/readyz': async () => {
      const temporal = await isReachable();
      return {
        ok: temporal && state() === 'RUNNING',
        worker: state(),
        temporal: temporal ? 'ok' : 'unreachable',
      };
    },
  };
  const server = createServer((request, response) => {
    const answer = answers[(request.url ?? '').split('?', 1)[0] ?? ''];
    const send = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(body));
    };
    if (answer === undefined) {
      send(404, { paths: Object.keys(answers) });
      return;
    }
    answer().then(
      (body) => send(body.ok ? 200 : 503, body),
      () => send(503, { ok: false }),
    );
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
