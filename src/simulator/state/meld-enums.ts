/** Meld's words, as its reference and its webhook pages use them. */
export const PRODUCTS = [
  'BALANCES',
  'IDENTIFIERS',
  'INVESTMENT_HOLDINGS',
  'INVESTMENT_TRANSACTIONS',
  'OWNERS',
  'TRANSACTIONS',
] as const;

/** The products whose data TRANSACTIONS_AGGREGATED announces; ACCOUNTS_UPDATED announces all others. */
export const TRANSACTION_PRODUCTS: ReadonlySet<string> = new Set(['TRANSACTIONS', 'INVESTMENT_TRANSACTIONS']);

/** Statuses in which Meld answers a refresh with 409. */
export const UNREFRESHABLE: ReadonlySet<string> = new Set([
  'IN_PROGRESS',
  'EXPIRED',
  'RECONNECT_REQUIRED',
  'UNRECOVERABLE',
  'DELETED',
]);

/** ACTIVE is repairable only for these reasons, the three statuses below never. */
export const REPAIRABLE_ACTIVE_REASONS: ReadonlySet<string> = new Set([
  'ACCESS_EXPIRING_SOON',
  'NEW_ACCOUNTS_AVAILABLE',
]);
export const UNREPAIRABLE: ReadonlySet<string> = new Set(['IN_PROGRESS', 'EXPIRED', 'DELETED']);

export const EVENTS = {
  completed: 'BANK_LINKING_CONNECTION_COMPLETED',
  deleted: 'BANK_LINKING_CONNECTION_DELETED',
  statusChange: 'BANK_LINKING_CONNECTION_STATUS_CHANGE',
  accountsUpdating: 'BANK_LINKING_ACCOUNTS_UPDATING',
  accountsUpdated: 'BANK_LINKING_ACCOUNTS_UPDATED',
  transactionsAggregated: 'BANK_LINKING_TRANSACTIONS_AGGREGATED',
} as const;
