import { makeMeldClient } from '../../../../src/meld/meld-client';
import type { ConnectionFilter } from '../../../../src/meld/endpoints/search-connections';
import { anError, httpAnswer, startStub } from '../meld-stub';

const item = (id: string, key: string | null = `key-${id}`) => ({ id, key, status: 'ACTIVE' });

const aPage = (...connections: readonly unknown[]) =>
  httpAnswer(200, { connections, count: 1, remaining: 1 });
const aLastPage = (...connections: readonly unknown[]) =>
  httpAnswer(200, { connections, count: 1, remaining: 0 });

/** Searches a Meld that gives these answers in turn, the last one for ever. */
async function searching(answers: readonly string[], filter: ConnectionFilter = {}) {
  const stub = await startStub((socket, _request, nth) =>
    socket.write(answers[nth - 1] ?? answers.at(-1) ?? ''),
  );
  const meld = makeMeldClient({ baseUrl: stub.url, apiKey: 'key' });
  const found: string[] = [];
  const unreadable: string[] = [];
  let error: unknown = null;
  try {
    for await (const { id } of meld.searchConnections(filter, (problem) => unreadable.push(problem)))
      found.push(id);
  } catch (caught) {
    error = caught;
  }
  await meld.close();
  await stub.close();
  return { found, unreadable, error, paths: stub.requests.map(({ line }) => line.split(' ')[1]) };
}

test('follows the key of the last connection until a page is empty', async () => {
  expect(await searching([aPage(item('a'), item('b')), aPage(item('c')), aPage()])).toEqual({
    found: ['a', 'b', 'c'],
    unreadable: [],
    error: null,
    paths: [
      '/bank-linking/connections',
      '/bank-linking/connections?after=key-b',
      '/bank-linking/connections?after=key-c',
    ],
  });
});

test.each<[string, readonly string[], readonly string[], number]>([
  ['a page that comes for ever', [aPage(item('a'), item('b'))], ['a', 'b'], 2],
  ['pages that go round', [aPage(item('a')), aPage(item('b')), aPage(item('a'))], ['a', 'b'], 3],
  [
    'pages that go round under new keys',
    [aPage(item('a')), aPage(item('a', 'k1')), aPage(item('a', 'k2')), aPage(item('a', 'k3'))],
    ['a'],
    2,
  ],
  [
    'pages that go round with an item that cannot be read',
    [aPage({ key: 'k1' }), aPage({ key: 'k2' }), aPage({ key: 'k1' }), aLastPage(item('a'))],
    [],
    3,
  ],
  ['nothing remaining', [aPage(item('a')), aLastPage(item('b')), aPage(item('c'))], ['a', 'b'], 2],
  ['a page without keys', [aPage(item('a', null))], ['a'], 1],
  ['nothing', [aPage()], [], 1],
])('ends with %s, and names each connection once', async (_name, answers, ids, requests) => {
  const { found, error, paths } = await searching(answers);
  expect([found, error, paths.length]).toEqual([ids, null, requests]);
});

test('narrows the search as asked, on every page', async () => {
  const filter = {
    customerId: 'c 1',
    statuses: ['ACTIVE', 'DEGRADED'],
    serviceProviders: ['MX'],
    startDate: '2022-01-01',
    limit: 2,
  };
  const { paths } = await searching([aPage(item('a')), aPage()], filter);
  const query = 'customerId=c+1&statuses=ACTIVE%2CDEGRADED&serviceProviders=MX&startDate=2022-01-01&limit=2';
  expect(paths).toEqual([
    `/bank-linking/connections?${query}`,
    `/bank-linking/connections?${query}&after=key-a`,
  ]);
});

test('yields connections as a read does, and which one replaces a duplicate', async () => {
  const stub = await startStub((socket, _request, nth) =>
    socket.write(nth === 1 ? aPage({ ...item('a'), activeDuplicateConnectionId: 'b' }) : aPage()),
  );
  const meld = makeMeldClient({ baseUrl: stub.url, apiKey: 'key' });
  for await (const connection of meld.searchConnections({})) {
    expect(connection).toEqual({
      id: 'a',
      status: 'ACTIVE',
      statusReason: null,
      serviceProvider: null,
      institutionName: null,
      customerId: null,
      products: [],
      optionalProducts: [],
      successfullyAggregatedAt: null,
      activeDuplicateConnectionId: 'b',
    });
  }
  await meld.close();
  await stub.close();
  expect.assertions(1);
});

test("throws what went wrong with a page, with Meld's request id, after what was found before", async () => {
  const { found, error } = await searching([aPage(item('a')), httpAnswer(503, anError('req-5'))]);
  expect(found).toEqual(['a']);
  expect(error).toMatchObject({
    name: 'MeldError',
    message: 'Meld answered HTTP 503, request id req-5',
    failure: { reply: 'server_error', httpStatus: 503, requestId: 'req-5' },
  });
});

test('reports a connection that cannot be read and goes on, because the others are still the customer’s', async () => {
  const answers = [aPage(item('a'), { id: 'b', key: 'key-b' }), aLastPage(item('c'))];
  expect(await searching(answers)).toMatchObject({
    found: ['a', 'c'],
    unreadable: ['connections.1: status: expected string, received undefined'],
    error: null,
    paths: ['/bank-linking/connections', '/bank-linking/connections?after=key-b'],
  });
});

test('reports that the search ended early, when Meld says that more remain', async () => {
  const { unreadable } = await searching([aPage(item('a', null))]);
  expect(unreadable).toEqual(['the search ended although Meld says that more connections remain']);
});
