import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { makeEncryptionCodec } from '../../../src/temporal/encryption-codec';
import { AUTHORIZED, aServer, closeServers } from './a-server';
import { ask } from './ask';
import type { Json } from './json';

afterEach(closeServers);

const UI = 'https://temporal.example.com';
const KEYS = [{ id: 'k2', key: createSecretKey(randomBytes(32)) }];
const CODEC = { codec: makeEncryptionCodec(KEYS), origins: [UI] };
const FROM_UI = { origin: UI, 'x-namespace': 'default', ...AUTHORIZED };

const base64 = (text: string) => Buffer.from(text).toString('base64');
const aPayload = (text: string) => ({ metadata: { encoding: base64('json/plain') }, data: base64(text) });

async function post(path: 'encode' | 'decode', payload: Json, headers: Record<string, string> = FROM_UI) {
  const { app } = await aServer({ codec: CODEC });
  return ask(app, { method: 'POST', url: `/codec/${path}`, payload, headers });
}

test('what it encodes it decodes, and in between it is unreadable', async () => {
  const given = [aPayload('{"bank":"canary"}'), aPayload('2')];
  const encoded = await post('encode', { payloads: given });
  expect(encoded.status).toBe(200);
  expect(encoded.body.payloads.map(({ metadata }: Json) => metadata)).toEqual(
    given.map(() => ({ encoding: base64('binary/encrypted'), 'encryption-key-id': base64('k2') })),
  );
  for (const { data } of encoded.body.payloads)
    expect(Buffer.from(data, 'base64').includes('canary')).toBe(false);
  const decoded = await post('decode', encoded.body);
  expect(decoded.body).toEqual({ payloads: given });
  expect(decoded.headers).toMatchObject({ 'access-control-allow-origin': UI, 'cache-control': 'no-store' });
});

test('payloads that are plain, or that lack a part, pass', async () => {
  const answer = await post('decode', { payloads: [aPayload('1'), {}, { metadata: {}, unknown: 1 }] });
  expect(answer.body).toEqual({
    payloads: [aPayload('1'), { metadata: {}, data: '' }, { metadata: {}, data: '' }],
  });
});

test('bytes may come in the URL-safe alphabet', async () => {
  const { body } = await post('decode', { payloads: [{ data: '-_-_' }] });
  expect(body.payloads[0].data).toBe('+/+/');
});

test('what cannot be decrypted is refused by the id of its key, in the answer and in the log', async () => {
  const { app, log } = await aServer({ codec: CODEC });
  const [payload] = await makeEncryptionCodec([{ id: 'k1', key: KEYS[0]!.key }]).encode([
    { data: Buffer.of(1) },
  ]);
  const sealed = {
    metadata: { encoding: base64('binary/encrypted'), 'encryption-key-id': base64('k1') },
    data: Buffer.from(payload!.data!).toString('base64'),
  };
  const call = {
    method: 'POST',
    url: '/codec/decode',
    payload: { payloads: [sealed] },
    headers: FROM_UI,
  } as const;
  const answer = await ask(app, call);
  expect([answer.status, answer.body.type]).toEqual([422, 'urn:meld-refresh:problem:payload-unreadable']);
  expect(answer.body.detail).toContain('"k1"');
  // The page of another origin may read what went wrong.
  expect(answer.headers['access-control-allow-origin']).toBe(UI);
  expect(log()).toContain('"keyId":"k1"');
});

test.each([
  ['no key', {}, 401],
  ['a wrong key', { authorization: 'Bearer wrong' }, 401],
  ['a key', AUTHORIZED, 200],
] as const)('a request with %s is answered %s', async (_name, headers, status) => {
  expect((await post('decode', { payloads: [] }, headers)).status).toBe(status);
});

test.each(['https://evil.example.com', 'null', 'http://temporal.example.com', `${UI}.evil.com`])(
  'a page of %s is refused, and so is its preflight',
  async (origin) => {
    const { app } = await aServer({ codec: CODEC });
    const headers = { ...FROM_UI, origin };
    const answer = await ask(app, {
      method: 'POST',
      url: '/codec/decode',
      payload: { payloads: [] },
      headers,
    });
    expect(answer.status).toBe(403);
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    const preflight = await app.inject({ method: 'OPTIONS', url: '/codec/decode', headers: { origin } });
    expect(preflight.statusCode).toBe(403);
    expect(preflight.headers).not.toHaveProperty('access-control-allow-origin');
  },
);

test.each(['/codec/encode', '/codec/decode'])('a preflight of the UI for %s needs no key', async (url) => {
  const { app } = await aServer({ codec: CODEC });
  const preflight = await app.inject({
    method: 'OPTIONS',
    url,
    headers: { origin: UI, 'access-control-request-method': 'POST' },
  });
  expect([preflight.statusCode, preflight.body]).toEqual([204, '']);
  expect(preflight.headers).toMatchObject({
    vary: 'origin',
    'access-control-allow-origin': UI,
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'authorization, content-type, x-namespace',
  });
  expect(preflight.headers).not.toHaveProperty('access-control-allow-credentials');
});

test('no other route answers pages of other origins', async () => {
  const { app } = await aServer({ codec: CODEC });
  const { headers } = await ask(app, { url: '/v1/refreshes', headers: FROM_UI });
  expect(headers).not.toHaveProperty('access-control-allow-origin');
});

test.each<[string, Json]>([
  ['no payloads', {}],
  ['payloads that are none', { payloads: [1] }],
  ['bytes that are no base64', { payloads: [{ data: '{"plain":1}' }] }],
  ['metadata that is no base64', { payloads: [{ metadata: { encoding: 'json plain' } }] }],
])('%s are refused', async (_name, payload) => {
  expect((await post('decode', payload)).status).toBe(400);
});

test('whatever is sent, no answer is an error of the server', async () => {
  const { app } = await aServer({ codec: CODEC });
  const text = fc.oneof(fc.base64String(), fc.string(), fc.constant(base64('binary/encrypted')));
  const payload = fc.record(
    {
      metadata: fc.dictionary(fc.constantFrom('encoding', 'encryption-key-id', 'x'), text),
      data: fc.oneof(text, fc.constant(null)),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(payload), fc.constantFrom('encode', 'decode'), async (payloads, does) => {
      const url = `/codec/${does}`;
      const answer = await ask(app, { method: 'POST', url, payload: { payloads }, headers: FROM_UI });
      expect([200, 400, 422]).toContain(answer.status);
    }),
  );
});

test('a body beyond the limit is refused', async () => {
  const { app } = await aServer({ codec: CODEC, limits: { codecBodyBytes: 1_000 } });
  const payload = { payloads: [aPayload('x'.repeat(1_000))] };
  const answer = await ask(app, { method: 'POST', url: '/codec/encode', payload, headers: FROM_UI });
  expect(answer.status).toBe(413);
});

test('payloads larger than any other body are taken', async () => {
  const given = { payloads: [aPayload('x'.repeat(2_000_000))] };
  const { status, body } = await post('encode', given);
  expect(status).toBe(200);
  expect((await post('decode', body)).body).toEqual(given);
});

test('one key may ask so often a minute, and no more', async () => {
  const { app } = await aServer({ codec: CODEC, limits: { codecRateLimit: 2 } });
  const call = { method: 'POST', url: '/codec/decode', payload: { payloads: [] }, headers: FROM_UI } as const;
  const statuses = [];
  for (let count = 0; count < 3; count += 1) statuses.push((await ask(app, call)).status);
  expect(statuses).toEqual([200, 200, 429]);
});

test('without keys there is no such route', async () => {
  const { app } = await aServer();
  for (const method of ['POST', 'OPTIONS'] as const) {
    const answer = await app.inject({ method, url: '/codec/decode', headers: FROM_UI });
    expect(answer.statusCode).toBe(404);
  }
});

test('with keys the routes are documented, preflights aside', async () => {
  const { app } = await aServer({ codec: CODEC });
  const { body } = await ask(app, { url: '/openapi.json' });
  for (const path of ['/codec/encode', '/codec/decode']) {
    expect(Object.keys(body.paths[path])).toEqual(['post']);
    expect(body.paths[path].post.security).toEqual([{ apiKey: [] }]);
  }
});
