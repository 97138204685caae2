import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { Socket } from 'node:net';
import { makeMeldClient, type MeldClient } from '../../../../src/meld/meld-client';
import { READ, aConnection } from '../a-connection';
import { startStub } from '../meld-stub';

type Encode = (text: string) => Buffer;

/** Asks a Meld that gives this answer to everything. */
async function asking<T>(
  answer: { readonly status?: number; readonly coding?: string; readonly body: Buffer },
  ask: (meld: MeldClient) => Promise<T>,
): Promise<T> {
  const { status = 200, coding, body } = answer;
  const head = [
    `HTTP/1.1 ${status} Any`,
    `content-length: ${body.length}`,
    ...(coding === undefined ? [] : [`content-encoding: ${coding}`]),
  ];
  const stub = await startStub((socket: Socket) => {
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    socket.write(body);
  });
  const meld = makeMeldClient({ baseUrl: stub.url, apiKey: 'key', maxBodyBytes: 4000 });
  try {
    return await ask(meld);
  } finally {
    await meld.close();
    await stub.close();
  }
}

const read = (meld: MeldClient) => meld.getConnection('conn-1');

test.each<[string, string | undefined, Encode]>([
  ['gzip', 'gzip', gzipSync],
  ['x-gzip', 'X-GZIP', gzipSync],
  ['deflate', 'deflate', deflateSync],
  ['deflate without its wrapper', 'deflate', deflateRawSync],
  ['brotli', 'br', brotliCompressSync],
  ['two codings', 'gzip, br', (text) => brotliCompressSync(gzipSync(text))],
  ['no coding, named', 'identity', (text) => Buffer.from(text)],
  ['a byte order mark', undefined, (text) => Buffer.from(`\uFEFF${text}`)],
  ['gzip and a byte order mark', 'gzip', (text) => gzipSync(`\uFEFF${text}`)],
])('reads a connection that comes with %s, unasked', async (_name, coding, encode) => {
  const body = encode(JSON.stringify(aConnection()));
  const answer = coding === undefined ? { body } : { body, coding };
  expect(await asking(answer, read)).toEqual({ reply: 'ok', value: READ });
});

const coded = (value: unknown) => ({ coding: 'gzip', body: gzipSync(`\uFEFF${JSON.stringify(value)}`) });

test('decodes the answer to the charged call, whose shape tells Meld from a gateway', async () => {
  const answer = await asking({ status: 500, ...coded({ requestId: 'req-7' }) }, (meld) =>
    meld.refresh({ connectionId: 'conn-1' }),
  );
  expect(answer).toMatchObject({ answer: 'server_error', requestId: 'req-7' });
});

test('decodes the answers to repairs and searches', async () => {
  const repair = { connectToken: 't', widgetUrl: 'https://w' };
  expect(await asking(coded(repair), (meld) => meld.repair('conn-1'))).toMatchObject({ reply: 'ok' });
  const search = async (meld: MeldClient) => {
    const ids: string[] = [];
    for await (const { id } of meld.searchConnections({})) ids.push(id);
    return ids;
  };
  expect(await asking(coded({ connections: [aConnection()] }), search)).toEqual(['conn-1']);
});

test.each<[string, string, Buffer, string]>([
  ['grows beyond the limit', 'gzip', gzipSync('x'.repeat(100_000)), 'the body is longer than 4000 bytes'],
  ['is cut', 'gzip', gzipSync('{"id":"conn-1"}').subarray(0, 20), 'the body is not valid gzip'],
  ['is coded otherwise', 'zstd', Buffer.from('{}'), 'the body has an unknown content coding'],
])('a body that %s is unreadable, and says why', async (_name, coding, body, problem) => {
  expect(await asking({ coding, body }, read)).toMatchObject({ reply: 'unreadable', problem });
});
