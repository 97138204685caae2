import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { floorWorkflowId } from './names';

const SIGNALS: Readonly<Record<string, string>> = {
  BANK_LINKING_ACCOUNTS_UPDATED: 'accountsUpdated',
  BANK_LINKING_TRANSACTIONS_AGGREGATED: 'transactionsAggregated',
};

/** What a receiver of webhooks cannot be much below: the same HMAC, one parse, one signal. Without Temporal it signals nobody. */
async function main(): Promise<void> {
  const {
    PORT,
    MELD_WEBHOOK_URL: url = '',
    MELD_WEBHOOK_SECRETS: secret = '',
    TEMPORAL_ADDRESS,
  } = process.env;
  const client =
    TEMPORAL_ADDRESS === undefined
      ? null
      : new Client({ connection: await Connection.connect({ address: TEMPORAL_ADDRESS }) });

  const receive = async (request: IncomingMessage): Promise<number> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const signed = createHmac('sha256', secret).update(
      `${String(request.headers['meld-signature-timestamp'])}.${url}.`,
    );
    const expected = signed.update(body).digest('base64').replaceAll('+', '-').replaceAll('/', '_');
    const given = Buffer.from(String(request.headers['meld-signature']));
    if (given.length !== expected.length || !timingSafeEqual(given, Buffer.from(expected))) return 401;
    const { eventType, eventId, timestamp, payload } = JSON.parse(body.toString());
    const signal = SIGNALS[eventType];
    if (client === null || signal === undefined) return 200;
    try {
      const workflow = client.workflow.getHandle(floorWorkflowId(payload.connectionId));
      await workflow.signal(signal, { eventId, occurredAt: timestamp });
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) return 503;
    }
    return 200;
  };
  createServer((request, response) => {
    void receive(request).then((status) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"result":"delivered"}');
    });
  }).listen(Number(PORT), '127.0.0.1');
}

void main();
