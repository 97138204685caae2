import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Client, Connection } from '@temporalio/client';
import { isRefreshError, OUTCOMES, RefreshClient } from 'meld-refresh/client';
import { makeReceiveMeldWebhook } from 'meld-refresh/webhooks';
import { makeActOnOutcome } from './act-on-outcome';
import { refreshAfterPayment } from './after-payment';
import { readOutcome } from './read-outcome';

const { TEMPORAL_ADDRESS = 'localhost:7233', PORT = '3000' } = process.env;
const { MELD_WEBHOOK_SECRETS = '', MELD_WEBHOOK_URL = '', OUTCOME_WEBHOOK_SECRET = '' } = process.env;

async function main(): Promise<void> {
  const connection = await Connection.connect({ address: TEMPORAL_ADDRESS });
  const refreshes = new RefreshClient({
    client: new Client({ connection }),
    // The worker tells these; where to, its own configuration says.
    policy: { deliverOutcomes: OUTCOMES },
  });
  const actOnOutcome = makeActOnOutcome((text) => console.log(text));
  const receiveMeldWebhook = makeReceiveMeldWebhook({
    refreshes,
    secrets: MELD_WEBHOOK_SECRETS.split(','),
    url: MELD_WEBHOOK_URL,
  });

  /** The status to answer with, and what to say. */
  async function serve(request: IncomingMessage): Promise<[status: number, answer: object]> {
    const rawBody = await bodyOf(request);
    switch (`${request.method} ${request.url}`) {
      case 'POST /payments': {
        const refresh = await refreshAfterPayment(JSON.parse(rawBody), { refreshes, actOnOutcome });
        return [202, { refresh }];
      }
      case 'POST /outcomes': {
        const message = readOutcome(OUTCOME_WEBHOOK_SECRET, rawBody, request.headers);
        if (message === null) return [401, { error: 'not signed as it should be' }];
        console.log(`${message.data.connectionId}: told that it ended ${message.data.outcome}`);
        actOnOutcome(message.data.runId, message.data);
        return [200, {}];
      }
      case 'POST /webhooks/meld': {
        const { status, result } = await receiveMeldWebhook({ rawBody, headers: request.headers });
        return [status, { result }];
      }
      default:
        return [404, {}];
    }
  }

  const server = createServer((request, response) => {
    serve(request)
      .catch((error: unknown): [number, object] => {
        if (!isRefreshError(error)) throw error;
        return [error.code === 'invalid_request' ? 400 : 503, { error: error.code, message: error.message }];
      })
      .then(([status, answer]) => response.writeHead(status).end(JSON.stringify(answer)))
      .catch((error: unknown) => {
        console.error(error);
        response.writeHead(500).end();
      });
  });
  server.listen(Number(PORT), '127.0.0.1', () => console.log(`backend at http://127.0.0.1:${PORT}`));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

void main();
