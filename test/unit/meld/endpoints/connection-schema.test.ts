import { connectionSchema } from '../../../../src/meld/endpoints/connection-schema';
import { describeIssues } from '../../../../src/meld/describe-issues';
import { READ, aConnection } from '../a-connection';

test('reads what a refresh needs, and nothing else', () => {
  expect(connectionSchema.parse(aConnection())).toEqual(READ);
});

test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  [
    'an unknown status and reason',
    { status: 'NEW', statusReason: 'NEWER' },
    { status: 'NEW', statusReason: 'NEWER' },
  ],
  ['unknown products', { products: ['CRYPTO'] }, { products: ['CRYPTO'] }],
  ['unknown fields', { fresh: { from: 'Meld' } }, {}],
  ['no products', { products: undefined, optionalProducts: null }, { products: [], optionalProducts: [] }],
  ['products of another type', { products: 'BALANCES' }, { products: [] }],
  ['an endless list of products', { products: Array(1000).fill('P') }, { products: Array(50).fill('P') }],
  ['no provider details', { serviceProviderDetails: undefined }, { serviceProvider: null }],
  ['provider details of another shape', { serviceProviderDetails: ['MX'] }, { serviceProvider: null }],
  ['provider details without a provider', { serviceProviderDetails: {} }, { serviceProvider: null }],
  [
    'no names',
    { institutionName: undefined, customerId: undefined },
    { institutionName: null, customerId: null },
  ],
  [
    'names that are no text',
    { institutionName: 7, statusReason: {} },
    { institutionName: null, statusReason: null },
  ],
  ['a connection never aggregated', { successfullyAggregatedAt: null }, { successfullyAggregatedAt: null }],
  [
    'a timestamp that cannot be read as it came, which is not "never"',
    { successfullyAggregatedAt: `today ${'x'.repeat(300)}` },
    { successfullyAggregatedAt: null, unreadableTimestamp: `today ${'x'.repeat(194)}` },
  ],
  [
    'a timestamp that is no text as it came',
    { successfullyAggregatedAt: 1653591600 },
    { successfullyAggregatedAt: null, unreadableTimestamp: '1653591600' },
  ],
  [
    'an instant whose offset has no colon',
    { successfullyAggregatedAt: '2022-05-26T19:00:00.000+0000' },
    { successfullyAggregatedAt: '2022-05-26T19:00:00.000Z' },
  ],
  [
    'an instant with an offset',
    { successfullyAggregatedAt: '2022-05-26T21:00:00+02:00' },
    { successfullyAggregatedAt: '2022-05-26T19:00:00.000Z' },
  ],
  [
    'texts of any length, clipped',
    {
      status: 'S'.repeat(999),
      statusReason: 'é'.repeat(999),
      institutionName: 'N'.repeat(999),
      products: ['P'.repeat(999)],
      customerId: 'C'.repeat(999),
    },
    {
      status: 'S'.repeat(200),
      statusReason: 'é'.repeat(100),
      institutionName: 'N'.repeat(200),
      products: ['P'.repeat(200)],
      customerId: 'C'.repeat(200),
    },
  ],
])('reads %s', (_name, sent, read) => {
  expect(connectionSchema.parse(aConnection(sent))).toEqual({ ...READ, ...read });
});

test('an optional product that is no text leaves the products as they are', () => {
  expect(connectionSchema.parse(aConnection({ optionalProducts: [7] }))).toEqual({
    ...READ,
    optionalProducts: [],
  });
});

test.each<[string, unknown, string]>([
  ['no status', aConnection({ status: undefined }), 'status: expected string, received undefined'],
  [
    'an empty status',
    aConnection({ status: '' }),
    'status: Too small: expected string to have >=1 characters',
  ],
  ['no id', aConnection({ id: null }), 'id: expected string, received null'],
  ['an id with a slash', aConnection({ id: 'a/b' }), 'id: expected 1 to 128 of A-Z a-z 0-9 _ -'],
  ['an id beyond length', aConnection({ id: 'a'.repeat(129) }), 'id: expected 1 to 128 of A-Z a-z 0-9 _ -'],
  [
    'no id and no status',
    {},
    'id: expected string, received undefined; status: expected string, received undefined',
  ],
  ['a list', [], 'expected object, received array'],
])('%s fails, and says which field was expected to be what', (_name, body, problem) => {
  const parsed = connectionSchema.safeParse(body);
  expect(parsed.success || describeIssues(parsed.error)).toBe(problem);
});
