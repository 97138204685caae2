// Takes outcome webhooks, and nothing that is not signed with the secret both sides know:
//   OUTCOME_WEBHOOK_SECRET=whsec_… node receiver.mjs
import { createServer } from 'node:http';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

const { OUTCOME_WEBHOOK_SECRET: secret, PORT = '3001' } = process.env;
const webhook = new Webhook(secret);
const seen = new Set();

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    // Over the bytes as they came; it throws for a wrong signature, and for one older than five minutes.
    const { type, data } = webhook.verify(Buffer.concat(chunks).toString('utf8'), request.headers);
    // Answer first, work afterwards. A notice comes again until it is answered with 2xx: act once per id.
    response.writeHead(204).end();
    if (seen.has(request.headers['webhook-id'])) return;
    seen.add(request.headers['webhook-id']);
    console.log(`${type} ${data.connectionId} after ${data.calls.length} calls to Meld`);
  } catch (error) {
    response.writeHead(error instanceof WebhookVerificationError ? 401 : 500).end();
  }
});
server.listen(Number(PORT), '127.0.0.1', () =>
  console.log(`receiver at http://127.0.0.1:${server.address().port}`),
);
