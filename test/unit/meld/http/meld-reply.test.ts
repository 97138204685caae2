import { z } from 'zod';
import type { AnswerBody } from '../../../../src/meld/http/decode-body';
import { makeMeldClient } from '../../../../src/meld/meld-client';
import { httpAnswer, startStub } from '../meld-stub';
import { describeFailure, parseReply, requestIdOf } from '../../../../src/meld/http/meld-reply';

const NOW_MS = Date.parse('2022-05-26T20:00:00Z');
const schema = z.object({ name: z.string() });

const whole = (body: unknown): AnswerBody => ({ read: 'whole', text: JSON.stringify(body) });

const reading = (httpStatus: number, body: AnswerBody) =>
  parseReply({ got: 'answer', httpStatus, retryAfterMs: null, body }, schema);

test.each([
  [200, 'ok'],
  [299, 'ok'],
  [300, 'unreadable'],
  [399, 'unreadable'],
  [400, 'rejected'],
  [401, 'access_denied'],
  [402, 'rejected'],
  [403, 'access_denied'],
  [404, 'not_found'],
  [409, 'rejected'],
  [429, 'rate_limited'],
  [499, 'rejected'],
  [500, 'server_error'],
  [599, 'server_error'],
  [600, 'unreadable'],
])('HTTP %d is %s', (httpStatus, reply) => {
  expect(reading(httpStatus, whole({ name: 'a', requestId: 'req-7' }))).toMatchObject(
    reply === 'ok' ? { reply, value: { name: 'a' } } : { reply, httpStatus, requestId: 'req-7' },
  );
});

test('a 429 carries how long to wait, counted from now', async () => {
  const retryAfter = ['Retry-After: Thu, 26 May 2022 20:00:09 GMT'];
  const stub = await startStub((socket, _request, nth) =>
    socket.write(httpAnswer(429, {}, nth === 1 ? retryAfter : [])),
  );
  const meld = makeMeldClient({ baseUrl: stub.url, apiKey: 'key', now: () => NOW_MS });
  expect(await meld.getConnection('conn-1')).toMatchObject({ reply: 'rate_limited', retryAfterMs: 9000 });
  expect(await meld.getConnection('conn-1')).toMatchObject({ reply: 'rate_limited', retryAfterMs: null });
  await meld.close();
  await stub.close();
});

test.each<[string, number, AnswerBody, string]>([
  ['a status beyond HTTP', 600, whole({ name: 'a' }), 'a status that HTTP does not know'],
  ['a redirect', 302, whole({ name: 'a' }), 'redirects are not followed'],
  ['a body that was cut', 200, { read: 'failed', problem: 'it was cut' }, 'it was cut'],
  ['a body that is no JSON', 200, { read: 'whole', text: '<html>' }, 'the body is no JSON'],
  ['a body of another shape', 200, whole({ name: 7 }), 'name: expected string, received number'],
])('%s is unreadable, and says why', (_name, httpStatus, body, problem) => {
  expect(reading(httpStatus, body)).toEqual({ reply: 'unreadable', httpStatus, requestId: null, problem });
});

test('a problem is clipped, however many fields are wrong', () => {
  const names = Array.from({ length: 50 }, (_, n) => [`field${n}`, z.string()]);
  const endless = z.object(Object.fromEntries(names));
  const got = { got: 'answer', httpStatus: 200, retryAfterMs: null, body: whole({}) } as const;
  expect(parseReply(got, endless)).toMatchObject({ problem: expect.stringMatching(/^.{200}$/) });
});

test('no answer keeps why', () => {
  expect(parseReply({ got: 'no_answer', sent: true, problem: 'ECONNRESET' }, schema)).toEqual({
    reply: 'no_answer',
    problem: 'ECONNRESET',
  });
});

test.each<[string, AnswerBody, string | null]>([
  ['is there', whole({ requestId: 'req-7' }), 'req-7'],
  ['is clipped to 200 bytes', whole({ requestId: 'r'.repeat(201) }), 'r'.repeat(200)],
  ['is empty', whole({ requestId: '' }), null],
  ['is no text', whole({ requestId: 7 }), null],
  ['is missing', whole({}), null],
  ['cannot be in a body that is no JSON', { read: 'whole', text: '{' }, null],
  ['cannot be in a body that was not read', { read: 'failed', problem: 'it was cut' }, null],
])("Meld's request id %s", (_name, body, requestId) => {
  expect(requestIdOf(body)).toBe(requestId);
});

test.each([
  [{ reply: 'no_answer', problem: 'ECONNRESET' }, 'Meld gave no answer: ECONNRESET'],
  [
    { reply: 'server_error', httpStatus: 503, requestId: 'req-7' },
    'Meld answered HTTP 503, request id req-7',
  ],
  [
    { reply: 'unreadable', httpStatus: 200, requestId: null, problem: 'the body is no JSON' },
    'Meld answered HTTP 200, without a request id: the body is no JSON',
  ],
] as const)('tells of a failure in one sentence: %j', (failure, sentence) => {
  expect(describeFailure(failure)).toBe(sentence);
});
