import type { RefreshRequest } from '../../src/refresh/model/request';
import { at } from '../unit/refresh/support/a-run';

/** Few and round instants, so that different ways lead to the same state. */
export const POLICY = {
  readMaxAge: '1m',
  settle: '5m',
  settleWithWebhooks: '5m',
  doubtfulReadWait: '5m',
  completionWait: '10m',
  poll: { first: '5m', factor: 1, maximum: '5m' },
  unknownAnswerWait: '5m',
  repairedWait: '5m',
  serverErrorRetries: 1,
  serverErrorBackoff: { initial: '10m', factor: 1, maximum: '10m' },
  statusChangeWait: '10m',
  defaultRateLimitWindow: '10m',
  rateLimitFloor: '5m',
  maxRateLimitWaits: 1,
  giveUpAfter: '1h',
} as const;

/** What is asked for at the start, one search each. */
export const REQUESTS = {
  'all products, one charge': { maxCharges: 1 },
  'one product, patient with repairs': { products: ['TRANSACTIONS'], onRepair: 'wait' },
  'after a call of an earlier run, inside its window': {
    notBefore: at('10m'),
    lastCall: { sentAt: at('-5m'), products: ['BALANCES'], aggregatedBefore: at('-6h') },
  },
  'no patience with windows, data of the last quarter': { onRateLimit: 'return', maxAge: '15m' },
} satisfies Readonly<Record<string, Partial<RefreshRequest>>>;
