/** What Meld can aggregate for a connection (Meld's API reference, "Get an institution connection"). */
export const PRODUCTS = [
  'BALANCES',
  'IDENTIFIERS',
  'INVESTMENT_HOLDINGS',
  'INVESTMENT_TRANSACTIONS',
  'OWNERS',
  'TRANSACTIONS',
] as const;

/** A product a caller may name. Meld may send others on a connection; those travel as plain strings. */
export type Product = (typeof PRODUCTS)[number];

/** The webhook that announces data of a product: transactions come after the accounts they belong to. */
export type EvidenceEvent = 'accounts_updated' | 'transactions_aggregated';

const ANNOUNCED_BY_TRANSACTIONS: ReadonlySet<string> = new Set(['TRANSACTIONS', 'INVESTMENT_TRANSACTIONS']);

/** Which event proves a product. A product Meld added since counts with the accounts. Never throws. */
export function evidenceEventFor(product: string): EvidenceEvent {
  return ANNOUNCED_BY_TRANSACTIONS.has(product) ? 'transactions_aggregated' : 'accounts_updated';
}
