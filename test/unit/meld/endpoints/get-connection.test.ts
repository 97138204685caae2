import { makeMeldClient, type MeldClient, type MeldClientOptions } from '../../../../src/meld/meld-client';
import { READ, aConnection } from '../a-connection';
import { anError, httpAnswer, startStub, type Stub } from '../meld-stub';

const API_KEY = 'canary-key-W9jpQc1HKvwscqMPcLmzUS';
const NOW_MS = Date.parse('2022-05-26T20:00:00Z');

const stubs: Stub[] = [];
const clients: MeldClient[] = [];

afterEach(async () => {
  await Promise.all(stubs.splice(0).map((stub) => stub.close()));
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

async function aStub(respond: Parameters<typeof startStub>[0]): Promise<Stub> {
  const stub = await startStub(respond);
  stubs.push(stub);
  return stub;
}

async function meldThatSays(answer: string, options: Partial<MeldClientOptions> = {}) {
  const stub = await aStub((socket) => socket.write(answer));
  return { stub, meld: clientOf(stub.url, options) };
}

function clientOf(baseUrl: string, options: Partial<MeldClientOptions> = {}): MeldClient {
  const client = makeMeldClient({ baseUrl, apiKey: API_KEY, now: () => NOW_MS, ...options });
  clients.push(client);
  return client;
}

async function readingOf(body: unknown) {
  const { meld } = await meldThatSays(httpAnswer(200, body));
  return meld.getConnection('conn-1');
}

test('asks with the raw key, and reads what a refresh needs', async () => {
  const { stub, meld } = await meldThatSays(httpAnswer(200, aConnection()));
  expect(await meld.getConnection('conn-1')).toEqual({ reply: 'ok', value: READ });
  expect(stub.requests).toHaveLength(1);
  expect(stub.requests[0]?.line).toBe('GET /bank-linking/connections/conn-1 HTTP/1.1');
  expect(stub.requests[0]?.headers['authorization']).toBe(`BASIC ${API_KEY}`);
});

test('keeps the path of the base URL', async () => {
  const stub = await aStub((socket) => socket.write(httpAnswer(200, aConnection())));
  await clientOf(`${stub.url}/proxy/`).getConnection('conn-1');
  expect(stub.requests[0]?.line).toBe('GET /proxy/bank-linking/connections/conn-1 HTTP/1.1');
});

test.each<[string, unknown, string]>([
  ['no status', aConnection({ status: undefined }), 'status: expected string, received undefined'],
  ['the id of another connection', aConnection({ id: 'conn-2' }), 'id: expected the id that was asked for'],
  ['no JSON', '<html>', 'the body is no JSON'],
  ['nothing', '', 'the body is no JSON'],
])('%s is unreadable, and says which field was expected to be what', async (_name, body, problem) => {
  expect(await readingOf(body)).toEqual({ reply: 'unreadable', httpStatus: 200, requestId: null, problem });
});

test.each<[number, readonly string[], Record<string, unknown>]>([
  [400, [], { reply: 'rejected' }],
  [401, [], { reply: 'access_denied' }],
  [403, [], { reply: 'access_denied' }],
  [404, [], { reply: 'not_found' }],
  [409, [], { reply: 'rejected' }],
  [421, [], { reply: 'rejected' }],
  [429, [], { reply: 'rate_limited', retryAfterMs: null }],
  [429, ['retry-after: 7'], { reply: 'rate_limited', retryAfterMs: 7000 }],
  [429, ['retry-after: Thu, 26 May 2022 20:00:09 GMT'], { reply: 'rate_limited', retryAfterMs: 9000 }],
  [429, ['retry-after: 7', 'retry-after: 8'], { reply: 'rate_limited', retryAfterMs: 8000 }],
  [500, [], { reply: 'server_error' }],
  [501, [], { reply: 'server_error' }],
  [503, ['retry-after: 7'], { reply: 'server_error' }],
  [599, [], { reply: 'server_error' }],
  [302, ['location: /elsewhere'], { reply: 'unreadable', problem: 'redirects are not followed' }],
  [999, [], { reply: 'unreadable', problem: 'a status that HTTP does not know' }],
])("HTTP %i %j keeps Meld's request id, and is asked once", async (httpStatus, headers, expected) => {
  const { stub, meld } = await meldThatSays(httpAnswer(httpStatus, anError('req-7'), headers));
  expect(await meld.getConnection('conn-1')).toEqual({ httpStatus, requestId: 'req-7', ...expected });
  expect(stub.requests).toHaveLength(1);
});

test('a status counts without a body that can be read', async () => {
  const { meld } = await meldThatSays(httpAnswer(404, 'gone'));
  expect(await meld.getConnection('conn-1')).toEqual({
    reply: 'not_found',
    httpStatus: 404,
    requestId: null,
  });
});

test.each<[string, string, string]>([
  ['cut', 'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"id":', 'the body was cut: UND_ERR_SOCKET'],
  [
    'longer than allowed',
    httpAnswer(200, aConnection({ institutionName: 'x'.repeat(2000) })),
    'the body is longer than 1000 bytes',
  ],
])('a body that is %s is unreadable', async (_name, answer, problem) => {
  const stub = await aStub((socket) => socket.end(answer));
  const meld = clientOf(stub.url, { maxBodyBytes: 1000 });
  expect(await meld.getConnection('conn-1')).toEqual({
    reply: 'unreadable',
    httpStatus: 200,
    requestId: null,
    problem,
  });
});

test.each<[string, string, Record<string, unknown>]>([
  ['no answer', '', { reply: 'no_answer', problem: 'not complete within 150 ms' }],
  [
    'half of the headers',
    'HTTP/1.1 200 OK\r\ncontent-',
    { reply: 'no_answer', problem: 'not complete within 150 ms' },
  ],
  [
    'half of the body',
    'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{',
    { reply: 'unreadable', problem: 'the body was cut: not complete within 150 ms' },
  ],
])('the timeout covers everything: %s', async (_name, answer, expected) => {
  const { meld } = await meldThatSays(answer, { timeoutMs: 150 });
  expect(await meld.getConnection('conn-1')).toMatchObject(expected);
});

test("the timeout covers connecting too, to the point, where undici's own would be late", async () => {
  const stub = await aStub(() => undefined);
  // TLS that never shakes hands: the socket is open, the connection is not.
  const meld = clientOf(stub.url.replace('http:', 'https:'), { timeoutMs: 1100 });
  expect(await meld.getConnection('conn-1')).toEqual({
    reply: 'no_answer',
    problem: 'not complete within 1100 ms',
  });
});

test.each([
  ['a closed socket', (stub: Stub) => stub.url, 'UND_ERR_SOCKET'],
  ['a refused connection', () => 'http://127.0.0.1:1', 'ECONNREFUSED'],
  [
    'a host that does not exist',
    () => 'http://meld.invalid',
    expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
  ],
])('%s is no answer, and says why', async (_name, urlOf, problem) => {
  const stub = await aStub((socket) => socket.destroy());
  expect(await clientOf(urlOf(stub)).getConnection('conn-1')).toEqual({ reply: 'no_answer', problem });
});

test.each(['..', '.', '', 'a/b', 'a?b', 'a b', '%2e%2e', 'ü', 'x'.repeat(129)])(
  'the text %j can be no id: it is not found, and Meld is not asked',
  async (connectionId) => {
    const { stub, meld } = await meldThatSays(httpAnswer(200, aConnection()));
    expect(await meld.getConnection(connectionId)).toEqual({
      reply: 'not_found',
      httpStatus: 404,
      requestId: null,
    });
    expect(stub.requests).toHaveLength(0);
  },
);

test('reads share connections', async () => {
  const { stub, meld } = await meldThatSays(httpAnswer(200, aConnection()));
  for (let nth = 1; nth <= 10; nth += 1) await meld.getConnection('conn-1');
  expect(stub.requests).toHaveLength(10);
  expect(stub.connections()).toBeLessThan(5);
});

test.each([
  ['no URL', { baseUrl: 'api.meld.io' }, /^baseUrl: expected an http\(s\) URL/],
  ['another scheme', { baseUrl: 'ftp://api.meld.io' }, /^baseUrl:/],
  ['a query', { baseUrl: 'https://api.meld.io/?a=b' }, /^baseUrl:/],
  ['a key with a line end', { apiKey: `${API_KEY}\n` }, /^apiKey: expected printable ASCII/],
  ['no key', { apiKey: '' }, /^apiKey:/],
])('refuses %s, without quoting the key', (_name, options, message) => {
  const make = () => makeMeldClient({ baseUrl: 'https://api.meld.io', apiKey: API_KEY, ...options });
  expect(make).toThrow(message);
  expect(make).not.toThrow(API_KEY);
});
