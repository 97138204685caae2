import { createHmac } from 'node:crypto';
import { signWebhook } from '../../../../src/simulator/webhooks/sign-webhook';
import { aReceiver, aSimulator, closeAll } from '../start';

afterEach(closeAll);

test('agrees with the vector that Meld publishes', () => {
  const signature = signWebhook({
    secret: '42m4NMLS34WQ6BbMfo1KFKqMv4hy',
    timestamp: '2022-05-26T20:25:17.682818Z',
    url: 'https://example.meld.io/webhooks',
    body: '{"eventType":"WEBHOOK_TEST","eventId":"GDtv8pQgwzc9HuFFBQFrww","timestamp":"2022-05-26T20:23:45.908400Z","accountId":"W9jpQc1HKvwscqMPcLmzUS","profileId":null,"version":"2021-10-27","payload":{"requestId":"7aWW1GXTjWCCtNubzvVX7V"}}',
  });
  expect(signature).toBe('O4bN5E0U9s88l2DFc0kjt-0w3LLA3Zkv8hXhafc22Hg=');
});

test('covers the configured URL, whatever URL the request goes to', async () => {
  const receiver = await aReceiver();
  const simulator = await aSimulator();
  const url = 'https://api.example.com/webhooks/meld';
  simulator.setWebhookTarget(url, { secret: 'newest', deliverTo: receiver.url });
  await simulator.emit({ eventType: 'WEBHOOK_TEST' });
  const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
  const timestamp = String(headers['meld-signature-timestamp']);
  expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  const expected = createHmac('sha256', 'newest').update(`${timestamp}.${url}.${body}`).digest('base64');
  expect(headers['meld-signature']).toBe(expected.replace(/\+/g, '-').replace(/\//g, '_'));
  expect(headers['content-type']).toBe('application/json');
});
