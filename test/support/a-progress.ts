import type { Progress } from '../../src/refresh/model/progress';

/** What a run shows that waits for the data of its accepted call. */
export const aProgress = (over: Partial<Progress> = {}): Progress => ({
  phase: 'waiting_for_data',
  why: 'Meld accepted the refresh',
  waitingUntil: '2026-03-01T12:30:00.000Z',
  calls: 1,
  mayBeCharged: 1,
  nextAllowedAt: null,
  connectionProducts: ['BALANCES', 'TRANSACTIONS'],
  terms: {
    allProducts: true,
    products: ['BALANCES', 'TRANSACTIONS'],
    freshSince: '2026-03-01T12:00:00.000Z',
    deadline: '2026-03-02T12:00:00.000Z',
    onRateLimit: 'wait',
    onRepair: 'return',
    maxCharges: 3,
  },
  lastCall: null,
  idempotencyKeys: [],
  ...over,
});
