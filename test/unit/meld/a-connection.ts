/** A connection as Meld's API tells it. */
export const aConnection = (changes: Record<string, unknown> = {}) => ({
  accountId: 'a1',
  activeDuplicateConnectionId: null,
  createdAt: '2022-01-01T00:00:00Z',
  customerId: 'customer-1',
  duplicateConnectionIds: null,
  externalCustomerId: 'e1',
  id: 'conn-1',
  institutionId: 'i1',
  institutionName: 'Bank of Tests',
  key: 'k1',
  optionalProducts: ['OWNERS'],
  products: ['BALANCES', 'TRANSACTIONS'],
  regions: ['US'],
  serviceProviderDetails: { serviceProvider: 'MX', guid: 'g' },
  status: 'ACTIVE',
  statusReason: null,
  successfullyAggregatedAt: '2022-05-26T19:00:00.123456Z',
  ...changes,
});

/** The same, reduced to what a refresh needs. */
export const READ = {
  id: 'conn-1',
  status: 'ACTIVE',
  statusReason: null,
  serviceProvider: 'MX',
  institutionName: 'Bank of Tests',
  customerId: 'customer-1',
  products: ['BALANCES', 'TRANSACTIONS'],
  optionalProducts: ['OWNERS'],
  successfullyAggregatedAt: '2022-05-26T19:00:00.123Z',
};
