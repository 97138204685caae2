import fc from 'fast-check';
import { Agent, request } from 'undici';
import { aReceiver, aSimulator, closeAll } from '../simulator/start';
import { anyBytes, heapMb, nearObject, SEED, tellSeed } from './fuzz';

tellSeed('simulator');
const dispatcher = new Agent({ connections: 8 });
afterEach(closeAll);
afterAll(async () => {
  await dispatcher.close();
});

const FIELDS = [
  ...[
    'connections',
    'id',
    'count',
    'scenario',
    'params',
    'provider',
    'customerId',
    'products',
    'optionalProducts',
  ],
  ...['status', 'statusReason', 'windowUntil', 'successfullyAggregatedAt', 'announce', 'point', 'eventType'],
  ...['eventId', 'timestamp', 'connectionId', 'payload', 'duplicateOf', 'institutionName'],
];
const KNOBS = [
  'failures',
  'rateLimits',
  'becomes',
  'calls',
  'reads',
  'answer',
  'read',
  'windowMs',
  'deliveries',
];
const simple = fc.oneof(
  fc.constantFrom('conn-1', 'conn-2', 'healthy', 'mx_window', 'flaky', 'repair', 'down', 'webhook', 'silent'),
  fc.constantFrom('ACTIVE', 'DELETED', 'before_execution', '2026-03-01T11:00:00Z', '+275760-09-13T00:00:00Z'),
  fc.constantFrom(0, 1, 2, -1, 1.5, 1e308, null, true, '\ud800', 'x'.repeat(300)),
  fc.jsonValue({ maxDepth: 1 }),
);
const value = fc.oneof(
  { weight: 4, arbitrary: simple },
  {
    weight: 1,
    arbitrary: nearObject(KNOBS, fc.oneof(simple, fc.array(nearObject(KNOBS, simple), { maxLength: 2 }))),
  },
  { weight: 1, arbitrary: fc.array(nearObject(FIELDS, simple), { maxLength: 2 }) },
);
const anyBody = fc.oneof(
  { weight: 4, arbitrary: nearObject(FIELDS, value).map((body) => JSON.stringify(body)) },
  {
    weight: 2,
    arbitrary: fc
      .array(nearObject(['scenario', 'status', 'provider', 'products', 'params'], simple), { maxLength: 2 })
      .map((connections) => JSON.stringify({ connections })),
  },
  { weight: 3, arbitrary: fc.constantFrom('{}', '', '{"connections":[{}]}', '{"eventType":"TEST"}') },
  { weight: 1, arbitrary: anyBytes(100) },
);
const anyId = fc.oneof(
  fc.constantFrom('conn-1', 'conn-2', '__proto__', '%00', '..'),
  anyBytes(10).map(encodeURIComponent),
);
// Not the webhook target: what is made up here must not be sent to.
const anyRoute = fc.oneof(
  fc.constantFrom(
    'POST /connections',
    'POST /events',
    'GET /connections',
    'GET /ledger',
    'GET /deliveries',
    'POST /reset',
  ),
  fc
    .tuple(
      fc.constantFrom(
        'GET /connections/:id',
        'PATCH /connections/:id',
        'POST /connections/:id/complete-repair',
      ),
      anyId,
    )
    .map(([route, id]) => route.replace(':id', () => id)),
  fc
    .tuple(fc.constantFrom('POST /connections/:id/holds', 'GET /holds/:id', 'POST /holds/:id/release'), anyId)
    .map(([route, id]) => route.replace(':id', () => id)),
  anyId.map((id) => `GET /ledger?connectionId=${id}`),
);

test('the control API takes any bytes and JSON, says what is wrong, and never breaks or grows', async () => {
  const receiver = await aReceiver();
  const simulator = await aSimulator({ webhookUrl: receiver.url });
  const seen = new Set<number>();
  const ask = async (route: string, body: string, contentType: string): Promise<number> => {
    const [method = '', path = ''] = route.split(' ');
    const { statusCode, body: answer } = await request(`${simulator.url}/_control${path}`, {
      dispatcher,
      method: method === 'GET' ? 'GET' : method === 'PATCH' ? 'PATCH' : 'POST',
      headers: { 'content-type': contentType },
      ...(method !== 'GET' && { body: Buffer.from(body, 'utf8') }),
      headersTimeout: 5_000,
    });
    await answer.dump();
    return statusCode;
  };
  const anyType = fc.constantFrom(
    ...Array<string>(6).fill('application/json'),
    'text/plain',
    'a/b; charset=x',
  );
  // That each was seen is not up to luck; every fortieth call is a reset, the one that answers 204.
  const eachStatus = [
    ['POST /connections', '{"connections":[{}]}'],
    ['POST /connections', 'no JSON'],
    ['GET /ledger', ''],
    ['GET /connections/none', ''],
    ['PATCH /connections/conn-1', '{"status":"ACTIVE"}'],
  ].map(([route = '', body = '']): [string, string, string] => [route, body, 'application/json']);
  const round = (numRuns: number, seed: number) =>
    fc.assert(
      fc.asyncProperty(anyRoute, anyBody, anyType, async (route, body, contentType) => {
        const status = await ask(route, body, contentType);
        seen.add(status);
        expect([route, status < 500]).toEqual([route, true]);
      }),
      { numRuns, seed, examples: eachStatus },
    );
  simulator.createConnections([{ id: 'conn-1' }, { id: 'conn-2', scenario: 'repair' }]);
  await round(500, SEED);
  simulator.reset();
  simulator.createConnections([{ id: 'conn-1' }, { id: 'conn-2', scenario: 'repair' }]);
  const before = heapMb();
  await round(1_500, SEED + 1);
  simulator.reset();
  expect(heapMb() - before).toBeLessThan(20);
  // Both sides of the border were reached.
  expect([...seen]).toEqual(expect.arrayContaining([200, 201, 204, 400, 404]));
  expect(await ask('GET /health', '', 'application/json')).toBe(200);
});
