import { freePort } from '../../src/dev/free-port';
import type { Part } from '../part';
import { makeSender } from '../deliveries';
import { cpuMs, startOwn } from '../processes';
import { answersSomething } from '../stack';
import { estimate, pairedRatio, quantile } from '../statistics';
import { putToSleep } from './sleepers';

const SECRET = 'bench-webhook-secret';
const STUBS = {
  'bare node:http': ['bench/floor/receiver.ts'],
  'our receiver': ['bench/webhook-server.ts', 'library'],
  'our server': ['bench/webhook-server.ts', 'server'],
} as const;
/** As many of Meld's deliveries as may be under way. */
const CONCURRENCY = 32;
/** What the page says, and the load that the real server is to bear. */
const STEADY_PER_SECOND = 500;
/** As many times more deliveries where nobody is signalled: CPU is counted in steps of 10 ms. */
const STUB_FACTOR = 10;
/** Events are spread over so many open refreshes: a run takes 10,000 signals at most. */
const OPEN_RUNS = 100;
const RATES_PER_SECOND = [100, 500];

/** What a delivery costs where nobody is signalled, turn by turn as the refreshes; then the real server. */
export const measureWebhooks: Part = async (bench) => {
  const { stack, say } = bench;
  const tables = { 'one delivery, nobody signalled': await measureStubs(bench) };
  const { stack: product, refreshes, newConnections } = await stack();
  const url = `${product.apiUrl}/webhooks/meld`;
  const open = await newConnections('product', OPEN_RUNS);
  await putToSleep(refreshes, open);
  const targets = {
    'no refresh open': Array.from({ length: OPEN_RUNS }, (_, n) => `nobody-${n}`),
    'refresh open': open,
  };
  const rows: [string, Awaited<ReturnType<typeof measureServer>>][] = [];
  for (const [name, connectionIds] of Object.entries(targets)) {
    say(`webhooks into the server, ${name}`);
    const sender = makeSender({ url, secret: product.secrets.webhookSecret, connectionIds });
    rows.push([name, await measureServer(sender, bench.settings)]);
    await sender.close();
  }
  return { ...tables, 'into the server': Object.fromEntries(rows) };
};

async function measureStubs({ settings, folder, signal, say }: Parameters<Part>[0]) {
  const running = await Promise.all(
    Object.entries(STUBS).map(async ([name, [main, ...args]]) => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}/webhooks/meld`;
      const process = await startOwn({
        name: 'server',
        main,
        args,
        folder,
        signal,
        env: { PORT: String(port), MELD_WEBHOOK_URL: url, MELD_WEBHOOK_SECRETS: SECRET },
        isReady: () => answersSomething(port),
      });
      const sender = makeSender({ url, secret: SECRET, connectionIds: ['stub'] });
      return { name, process, sender, steadyUs: [] as number[], fastUs: [] as number[] };
    }),
  );
  const steady = settings.deliveries;
  const fast = settings.deliveries * STUB_FACTOR;
  try {
    for (const { sender } of running) await sender.closedLoop(fast, CONCURRENCY);
    for (let turn = 0; turn < settings.pairs; turn += 1) {
      say(`webhooks that signal nobody, turn ${turn + 1} of ${settings.pairs}`);
      for (const { process, sender, steadyUs, fastUs } of turn % 2 === 0 ? running : running.toReversed()) {
        const spentUs = async (deliver: () => Promise<unknown>, count: number) => {
          const beforeMs = cpuMs(process.pid);
          await deliver();
          return ((cpuMs(process.pid) - beforeMs) / count) * 1_000;
        };
        steadyUs.push(await spentUs(() => sender.openLoop(steady, STEADY_PER_SECOND), steady));
        fastUs.push(await spentUs(() => sender.closedLoop(fast, CONCURRENCY), fast));
      }
    }
    const [bare] = running;
    return Object.fromEntries(
      running.map(({ name, steadyUs, fastUs }) => [
        name,
        {
          'CPU at 500/s, µs': estimate(steadyUs),
          '500/s : bare': pairedRatio(steadyUs, bare!.steadyUs),
          'CPU at full speed, µs': estimate(fastUs),
          'full speed : bare': pairedRatio(fastUs, bare!.fastUs),
        },
      ]),
    );
  } finally {
    for (const { process, sender } of running) {
      await sender.close();
      await process.stop();
    }
  }
}

async function measureServer(
  sender: ReturnType<typeof makeSender>,
  settings: Parameters<Part>[0]['settings'],
) {
  const count = Math.ceil(settings.deliveries / 4);
  await sender.closedLoop(count, CONCURRENCY);
  const accepted: number[] = [];
  for (let turn = 0; turn < settings.pairs; turn += 1)
    accepted.push(await sender.closedLoop(count, CONCURRENCY));
  const row: [string, ReturnType<typeof estimate>][] = [['accepted/s', estimate(accepted)]];
  for (const rate of RATES_PER_SECOND) {
    const delaysMs = await sender.openLoop(settings.deliveries, rate);
    row.push([`p99 at ${rate}/s, ms`, estimate(delaysMs, (values) => quantile(values, 0.99))]);
  }
  return Object.fromEntries(row);
}
