import { makeMeldClient } from '../../../../src/meld/meld-client';
import { anError, httpAnswer, startStub } from '../meld-stub';

async function repairing(answer: string) {
  const stub = await startStub((socket) => socket.write(answer));
  const meld = makeMeldClient({ baseUrl: stub.url, apiKey: 'key' });
  const reply = await meld.repair('conn-1');
  await meld.close();
  await stub.close();
  return { reply, requests: stub.requests };
}

const CREDENTIALS = { connectToken: 'secret-token', widgetUrl: 'https://widget.test/secret' };

test("asks for the customer's way to repair a connection", async () => {
  const { reply, requests } = await repairing(
    httpAnswer(200, { ...CREDENTIALS, id: 'r1', institutionId: 'i1' }),
  );
  expect(reply).toEqual({ reply: 'ok', value: { ...CREDENTIALS, id: 'r1', institutionId: 'i1' } });
  expect(requests).toMatchObject([
    { line: 'POST /bank-linking/connect/repair HTTP/1.1', body: '{"connectionId":"conn-1"}' },
  ]);
});

test('the two credentials are enough', async () => {
  const { reply } = await repairing(httpAnswer(200, CREDENTIALS));
  expect(reply).toEqual({ reply: 'ok', value: { ...CREDENTIALS, id: null, institutionId: null } });
});

test('an answer without a token is unreadable, and does not quote the rest of it', async () => {
  const { reply } = await repairing(httpAnswer(200, { ...CREDENTIALS, connectToken: 7 }));
  expect(reply).toMatchObject({
    reply: 'unreadable',
    problem: 'connectToken: expected string, received number',
  });
  expect(JSON.stringify(reply)).not.toContain('secret');
});

test("a refusal keeps Meld's request id", async () => {
  const { reply } = await repairing(httpAnswer(409, anError('req-9')));
  expect(reply).toEqual({ reply: 'rejected', httpStatus: 409, requestId: 'req-9' });
});
