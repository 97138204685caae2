import { createServer, type IncomingMessage } from 'node:http';
import { makeLogger } from '../src/lib/logger';
import { runMain } from '../src/lib/run-main';
import { shutdownSignal } from '../src/lib/shutdown-signal';
import { buildServer } from '../src/server/build-server';
import type { ServerDeps } from '../src/server/server-deps';
import { makeReceiveMeldWebhook } from '../src/webhooks';

const unused = () => Promise.reject(new Error('only webhooks are measured'));

/** `webhook-server.ts library|server`: our receiver alone behind node:http, or the whole server; both signal nobody. */
runMain(async () => {
  const { PORT, MELD_WEBHOOK_URL: url = '', MELD_WEBHOOK_SECRETS: secret = '' } = process.env;
  const refreshes = { signal: () => Promise.resolve('delivered' as const) };
  const webhooks = { url, secrets: [secret] };
  if (process.argv[2] === 'library') {
    const receive = makeReceiveMeldWebhook({ ...webhooks, refreshes });
    createServer((request, response) => {
      void bodyOf(request)
        .then((rawBody) => receive({ rawBody, headers: request.headers }))
        .then(({ status, result }) => {
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ result }));
        });
    }).listen(Number(PORT), '127.0.0.1');
  } else {
    const app = await buildServer({
      refreshes: refreshes as unknown as ServerDeps['refreshes'],
      meld: {} as ServerDeps['meld'],
      webhooks,
      pingTemporal: unused,
      apiKeys: [],
      apiRateLimit: 1,
      maxCharges: 1,
      logger: makeLogger({ name: 'server', level: 'info', secrets: [secret] }),
    });
    await app.listen({ host: '127.0.0.1', port: Number(PORT) });
  }
  await shutdownSignal();
  return 0;
});

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
