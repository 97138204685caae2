import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { makeMeldClient, type MeldClient, type MeldClientOptions } from '../../../../src/meld/meld-client';
import { anError, httpAnswer, startListener, startStub, type Stub } from '../meld-stub';

const API_KEY = 'canary-key-W9jpQc1HKvwscqMPcLmzUS';
const NOW_MS = Date.parse('2022-05-26T20:00:00Z');

const stubs: Stub[] = [];
const clients: MeldClient[] = [];

afterEach(async () => {
  await Promise.all(stubs.splice(0).map((stub) => stub.close()));
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

async function aStub(respond: (socket: Socket) => void): Promise<Stub> {
  const stub = await startStub(respond);
  stubs.push(stub);
  return stub;
}

function clientOf(baseUrl: string, options: Partial<MeldClientOptions> = {}): MeldClient {
  const client = makeMeldClient({ baseUrl, apiKey: API_KEY, now: () => NOW_MS, ...options });
  clients.push(client);
  return client;
}

/** Speaks TLS and HTTP well, under a certificate that it made itself: `openssl req -x509 -newkey ec -nodes …`. */
async function anUntrustedServer() {
  const pem = (name: string) => readFileSync(path.join(__dirname, 'untrusted', `${name}.pem`));
  let requests = 0;
  const server = createServer({ key: pem('key'), cert: pem('cert') }, (_request, answer) => {
    requests += 1;
    answer.end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    requests: () => requests,
    close: async () => {
      server.closeAllConnections();
      await promisify(server.close.bind(server))();
    },
  };
}

const CALL = { connectionId: 'conn-1' };
const NEVER_SENT = { answer: 'server_error', httpStatus: null, requestId: null, retryAfterMs: null };
const LOST = { answer: 'unknown', httpStatus: null, requestId: null };

/** 1 s: a busy machine takes its time to send a request, and some of these wait for all of it. */
const SILENCE_MS = 1_000;

test.each<[string, readonly string[] | undefined, string]>([
  ['the products asked for', ['BALANCES', 'OWNERS'], '{"products":["BALANCES","OWNERS"]}'],
  ['no products when none are named, which means all', undefined, '{}'],
  ['no products when the list is empty', [], '{}'],
])('posts %s with the raw key', async (_name, products, body) => {
  const stub = await aStub((socket) => socket.write(httpAnswer(200, { requestId: 'req-1' })));
  await clientOf(stub.url).refresh({ ...CALL, ...(products !== undefined && { products }) });
  expect(stub.requests).toHaveLength(1);
  expect(stub.requests[0]).toMatchObject({
    line: 'POST /bank-linking/connections/conn-1/refresh HTTP/1.1',
    headers: { authorization: `BASIC ${API_KEY}`, 'content-type': 'application/json', connection: 'close' },
    body,
  });
});

test.each<[number, readonly string[], Record<string, unknown>]>([
  [200, [], { answer: 'accepted' }],
  [201, [], { answer: 'accepted' }],
  [202, [], { answer: 'accepted' }],
  [299, [], { answer: 'accepted' }],
  [300, [], { answer: 'unknown' }],
  [301, ['location: /elsewhere'], { answer: 'unknown' }],
  [307, ['location: /elsewhere'], { answer: 'unknown' }],
  [308, ['location: /elsewhere'], { answer: 'unknown' }],
  [400, [], { answer: 'rejected' }],
  [401, [], { answer: 'rejected' }],
  [403, [], { answer: 'rejected' }],
  [404, [], { answer: 'not_found' }],
  [408, [], { answer: 'unknown' }],
  [409, [], { answer: 'conflict' }],
  [421, [], { answer: 'rejected' }],
  [425, [], { answer: 'rejected' }],
  [429, [], { answer: 'rate_limited', retryAfterMs: null }],
  [429, ['retry-after: 10800'], { answer: 'rate_limited', retryAfterMs: 10_800_000 }],
  [429, ['retry-after: Thu, 26 May 2022 23:00:00 GMT'], { answer: 'rate_limited', retryAfterMs: 10_800_000 }],
  [429, ['retry-after: later'], { answer: 'rate_limited', retryAfterMs: null }],
  [429, ['retry-after: 7', 'retry-after: 9.5'], { answer: 'rate_limited', retryAfterMs: 10_000 }],
  [500, [], { answer: 'server_error', retryAfterMs: null }],
  [501, [], { answer: 'server_error', retryAfterMs: null }],
  [502, [], { answer: 'unknown' }],
  [503, ['retry-after: 1'], { answer: 'server_error', retryAfterMs: 1000 }],
  [504, [], { answer: 'unknown' }],
  [519, [], { answer: 'server_error', retryAfterMs: null }],
  [520, [], { answer: 'unknown' }],
  [527, [], { answer: 'unknown' }],
  [528, [], { answer: 'server_error', retryAfterMs: null }],
  [599, [], { answer: 'server_error', retryAfterMs: null }],
  [600, [], { answer: 'unknown' }],
])("HTTP %i %j keeps Meld's request id, and is sent once", async (httpStatus, headers, expected) => {
  const stub = await aStub((socket) => socket.write(httpAnswer(httpStatus, anError('req-7'), headers)));
  expect(await clientOf(stub.url).refresh(CALL)).toEqual({ httpStatus, requestId: 'req-7', ...expected });
  expect(stub.requests).toHaveLength(1);
});

test.each<[string, unknown, 'server_error' | 'unknown']>([
  ['an HTML page', '<html>Service Unavailable</html>', 'unknown'],
  ['nothing', '', 'unknown'],
  ['JSON of another shape', { message: 'no healthy upstream' }, 'unknown'],
  ['a list', [{ code: 'INTERNAL' }], 'unknown'],
  ['a code alone, as Meld writes it', { code: 'INTERNAL_SERVER_ERROR' }, 'server_error'],
  ['a request id alone, as Meld writes it', { requestId: 'req-7' }, 'server_error'],
])(
  'classifies a 503 with %s by its shape, because a gateway cannot know what Meld did',
  async (_name, body, answer) => {
    const stub = await aStub((socket) => socket.write(httpAnswer(503, body)));
    expect(await clientOf(stub.url).refresh(CALL)).toMatchObject({ answer, httpStatus: 503 });
  },
);

test('a 500 whose body is cut is a lost answer: nothing shows that Meld wrote it', async () => {
  const stub = await aStub((socket) => socket.end(`${head(500, 99)}{"requestId":`));
  expect(await clientOf(stub.url).refresh(CALL)).toMatchObject({ answer: 'unknown', httpStatus: 500 });
});

const head = (status: number, length: number) =>
  `HTTP/1.1 ${status} Any\r\ncontent-length: ${length}\r\n\r\n`;

test.each<[string, (socket: Socket) => void]>([
  ['is cut', (socket) => socket.end(`${head(200, 99)}{"requestId":`)],
  [
    'is cut by a reset',
    (socket) => socket.write(`${head(200, 99)}{`, () => setImmediate(() => socket.resetAndDestroy())),
  ],
  ['never ends', (socket) => socket.write(`${head(200, 99)}{"requestId":`)],
  ['never begins', (socket) => socket.write(head(200, 99))],
  ['is no JSON', (socket) => socket.write(httpAnswer(200, '<html>'))],
  ['is JSON of another shape', (socket) => socket.write(httpAnswer(200, [{ requestId: 7 }]))],
  [
    'is longer than allowed',
    (socket) => socket.write(httpAnswer(200, { requestId: 'r', more: 'x'.repeat(9999) })),
  ],
  [
    'is no chunk of those announced',
    (socket) => socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'),
  ],
  ['is missing', (socket) => socket.write(head(200, 0))],
])('a 200 whose body %s is accepted: the status line is enough', async (_name, respond) => {
  const stub = await aStub(respond);
  const meld = clientOf(stub.url, { maxBodyBytes: 1000, timeoutMs: SILENCE_MS });
  expect(await meld.refresh(CALL)).toEqual({ answer: 'accepted', httpStatus: 200, requestId: null });
  expect(stub.requests).toHaveLength(1);
});

test('an early hint is no answer: the status after it counts', async () => {
  const stub = await aStub((socket) =>
    socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${httpAnswer(409, anError())}`),
  );
  expect(await clientOf(stub.url).refresh(CALL)).toMatchObject({ answer: 'conflict' });
});

test.each<[string, (socket: Socket) => void]>([
  ['the connection is reset', (socket) => socket.resetAndDestroy()],
  ['the connection is closed', (socket) => socket.end()],
  ['nothing comes', () => undefined],
  ['half a status line comes', (socket) => socket.end('HTTP/1.1 2')],
  ['half of the headers come', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-')],
  ['garbage comes', (socket) => socket.end('<html>502</html>')],
  ['headers without end come', (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`)],
  [
    'a 100 comes that nobody asked for',
    (socket) => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${httpAnswer(200, {})}`),
  ],
  ['a 101 comes', (socket) => socket.write('HTTP/1.1 101 Up\r\nconnection: upgrade\r\nupgrade: any\r\n\r\n')],
])('the answer is unknown when %s, and the request is not sent again', async (_name, respond) => {
  const stub = await aStub(respond);
  expect(await clientOf(stub.url, { timeoutMs: SILENCE_MS }).refresh(CALL)).toEqual(LOST);
  expect(stub.requests).toHaveLength(1);
  expect(stub.connections()).toBe(1);
});

test.each<[string, (stub: Stub) => string, Partial<MeldClientOptions>]>([
  ['the connection is refused', () => 'http://127.0.0.1:1', {}],
  ['the host does not exist', () => 'http://meld.invalid', {}],
  [
    'TLS is not shaken hands on in time',
    (stub) => stub.url.replace('http:', 'https:'),
    { connectTimeoutMs: 150 },
  ],
  ['all the time goes into connecting', (stub) => stub.url.replace('http:', 'https:'), { timeoutMs: 150 }],
])('the request was provably not sent when %s', async (_name, urlOf, options) => {
  const stub = await aStub(() => undefined);
  expect(await clientOf(urlOf(stub), options).refresh(CALL)).toEqual(NEVER_SENT);
  expect(stub.requests).toHaveLength(0);
});

test('the request was provably not sent when the other side does not speak TLS', async () => {
  const listener = await startListener((socket) => socket.end('HTTP/1.1 400 Bad\r\n\r\n'));
  const answer = await clientOf(listener.url.replace('http:', 'https:')).refresh(CALL);
  await listener.close();
  expect(answer).toEqual(NEVER_SENT);
});

test('the request was provably not sent, nor the key, when nobody vouches for the certificate', async () => {
  const stranger = await anUntrustedServer();
  const meld = clientOf(stranger.url);
  const [answer, read] = [await meld.refresh(CALL), await meld.getConnection('conn-1')];
  await stranger.close();
  expect(answer).toEqual(NEVER_SENT);
  expect(read).toEqual({ reply: 'no_answer', problem: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  expect(stranger.requests()).toBe(0);
});

test('every call has a connection of its own, apart from those of the reads', async () => {
  const stub = await aStub((socket) => socket.write(httpAnswer(200, { id: 'conn-1', status: 'ACTIVE' })));
  const meld = clientOf(stub.url);
  await meld.getConnection('conn-1');
  await meld.refresh(CALL);
  await meld.refresh(CALL);
  expect([stub.requests.length, stub.connections()]).toEqual([3, 3]);
});

test('calls do not wait for each other', async () => {
  const held: Socket[] = [];
  const stub = await aStub((socket) => {
    held.push(socket);
    if (held.length === 2) held.forEach((each) => each.write(httpAnswer(200, {})));
  });
  const meld = clientOf(stub.url, { timeoutMs: 5000 });
  const answers = await Promise.all([meld.refresh(CALL), meld.refresh(CALL)]);
  expect(answers.map(({ answer }) => answer)).toEqual(['accepted', 'accepted']);
});

test.each(['..', '.', '', 'a/b', 'a?b', 'x'.repeat(129)])(
  'the text %j can be no id: nothing is sent',
  async (connectionId) => {
    const stub = await aStub((socket) => socket.write(httpAnswer(200, {})));
    expect(await clientOf(stub.url).refresh({ connectionId })).toEqual(NEVER_SENT);
    expect(stub.connections()).toBe(0);
  },
);
