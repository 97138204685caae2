import { serveHealth, type WorkerHealth } from '../../../src/temporal/worker-health';
import { freePort } from '../../../src/dev/free-port';

let close = (): Promise<void> => Promise.resolve();
afterEach(() => close());

async function probes(health: WorkerHealth): Promise<(path: string) => Promise<readonly [number, unknown]>> {
  const address = `127.0.0.1:${await freePort()}`;
  close = await serveHealth(address, health);
  return async (path) => {
    const response = await fetch(`http://${address}${path}`);
    return [response.status, await response.json()];
  };
}

const reachable = () => Promise.resolve();
const away = () => Promise.reject(new Error('14 UNAVAILABLE'));

test.each([
  ['RUNNING', reachable, 200, 200],
  ['RUNNING', away, 200, 503],
  // A worker that lets its calls finish is alive, and takes no new work.
  ['DRAINING', reachable, 200, 503],
  ['FAILED', reachable, 503, 503],
  ['STOPPED', reachable, 503, 503],
] as const)('a worker that is %s', async (state, ping, live, ready) => {
  const probe = await probes({ state: () => state, ping });
  expect(await probe('/healthz')).toEqual([live, { ok: live === 200, worker: state }]);
  const temporal = ping === reachable ? 'ok' : 'unreachable';
  expect(await probe('/readyz')).toEqual([ready, { ok: ready === 200, worker: state, temporal }]);
});

test('is not ready when Temporal does not answer at all, and says so in time', async () => {
  const probe = await probes({ state: () => 'RUNNING', ping: () => new Promise(() => undefined) });
  expect(await probe('/readyz')).toEqual([503, expect.objectContaining({ temporal: 'unreachable' })]);
});

test('answers nothing else', async () => {
  const probe = await probes({ state: () => 'RUNNING', ping: reachable });
  expect(await probe('/metrics')).toEqual([404, { paths: ['/healthz', '/readyz'] }]);
});

test('says which address it cannot have', async () => {
  const port = await freePort();
  close = await serveHealth(`127.0.0.1:${port}`, { state: () => 'RUNNING', ping: reachable });
  await expect(serveHealth(`127.0.0.1:${port}`, { state: () => 'RUNNING', ping: reachable })).rejects.toThrow(
    /^HEALTH_ADDRESS: the worker cannot listen on 127\.0\.0\.1:\d+/,
  );
});
