/** Named examples of one body. */
type Examples = Readonly<Record<string, unknown>>;

interface OperationExamples {
  readonly request?: Examples;
  /** By status. */
  readonly answers: Readonly<Record<string, Examples>>;
}

const RUN = {
  connectionId: 'connection-1',
  runId: '0198f3a6-5f0e-7c1d-9a55-000000000000',
  startedAt: '2026-03-01T12:00:00.000Z',
};
const PROGRESS = {
  waitingUntil: null,
  calls: 1,
  mayBeCharged: 1,
  nextAllowedAt: null,
  connectionProducts: ['BALANCES', 'TRANSACTIONS'],
  terms: {
    allProducts: false,
    products: ['BALANCES'],
    freshSince: '2026-03-01T12:00:00.000Z',
    deadline: '2026-03-02T12:00:00.000Z',
    onRateLimit: 'wait',
    onRepair: 'return',
    maxCharges: 2,
  },
  lastCall: null,
};
const NO_CALL = { calls: 0, mayBeCharged: 0 };
const CONNECTION = {
  status: 'ACTIVE',
  statusReason: null,
  serviceProvider: 'PLAID',
  institutionName: 'Test Bank',
  products: ['BALANCES', 'TRANSACTIONS'],
  optionalProducts: [],
};
const RESULT = {
  connectionId: RUN.connectionId,
  requestedAt: RUN.startedAt,
  freshSince: '2026-03-01T11:45:00.000Z',
  finishedAt: '2026-03-01T12:00:09.000Z',
  connection: CONNECTION,
  aggregatedAt: { before: '2026-02-28T10:00:00.000Z', after: '2026-02-28T10:00:00.000Z' },
  evidence: {},
  earlierEvidence: {},
  calls: [],
};
const ACCEPTED = {
  sentAt: '2026-03-01T12:00:01.000Z',
  products: ['BALANCES'],
  answer: 'accepted',
  httpStatus: 200,
  requestId: 'GDtv8pQgwzc9HuFFBQFrww',
  mayBeCharged: true,
};

const NO_DATA =
  'Meld accepted the refresh (Meld request GDtv8pQgwzc9HuFFBQFrww), yet no fresh data came; the connection is ACTIVE.';

const running = {
  ...RUN,
  state: 'running',
  progress: {
    ...PROGRESS,
    phase: 'waiting_for_data',
    why: 'Meld accepted the refresh',
    waitingUntil: '2026-03-01T12:30:00.000Z',
  },
};
const ended = (why: string, result: object, progress: object = {}) => ({
  ...RUN,
  state: 'ended',
  progress: { ...PROGRESS, ...progress, phase: 'ended', why },
  endedAt: RESULT.finishedAt,
  result: { ...RESULT, ...result },
});
const refreshed = ended('the data came after 1 call', {
  outcome: 'refreshed',
  aggregatedAt: { before: '2026-02-28T10:00:00.000Z', after: '2026-03-01T12:00:07.000Z' },
  evidence: {
    BALANCES: {
      by: 'event',
      eventId: '7aWW1GXTjWCCtNubzvVX7V',
      occurredAt: '2026-03-01T12:00:07.000Z',
      satisfies: '2026-03-01T12:00:12.000Z',
    },
  },
  calls: [ACCEPTED],
});

const oneRun = {
  refreshed: { refresh: refreshed },
  running: { refresh: running },
  repair_required: {
    refresh: ended(
      'the customer must repair the connection first (INVALID_CREDENTIALS)',
      {
        outcome: 'repair_required',
        connection: { ...CONNECTION, status: 'RECONNECT_REQUIRED', statusReason: 'INVALID_CREDENTIALS' },
        reason: 'INVALID_CREDENTIALS',
        message: 'The customer must repair the connection.',
      },
      NO_CALL,
    ),
  },
  rate_limited: {
    refresh: ended(
      'the provider allows the next call at 2026-03-01 15:00:00 UTC',
      { outcome: 'rate_limited', nextAllowedAt: '2026-03-01T15:00:00.000Z' },
      { ...NO_CALL, nextAllowedAt: '2026-03-01T15:00:00.000Z' },
    ),
  },
  canceled: {
    refresh: {
      ...RUN,
      state: 'canceled',
      progress: { ...PROGRESS, phase: 'ended', why: 'canceled by request', ledger: [ACCEPTED] },
      endedAt: RESULT.finishedAt,
    },
  },
  escalated: {
    refresh: ended(NO_DATA, {
      outcome: 'escalated',
      reason: 'no_fresh_data',
      message: NO_DATA,
      calls: [ACCEPTED],
    }),
  },
};
const onePage = {
  refreshes: [
    {
      ...RUN,
      state: 'ended',
      progress: refreshed.progress,
      endedAt: RESULT.finishedAt,
      outcome: 'refreshed',
      mayBeCharged: 1,
      customerId: 'customer-1',
      provider: 'PLAID',
    },
  ],
  nextCursor: 'CAEQ…',
};
const payloads = (encoding: string, data: string) => ({ payloads: [{ metadata: { encoding }, data }] });
const PLAIN = payloads('anNvbi9wbGFpbg==', 'eyJjb25uZWN0aW9uSWQiOiJjb25uZWN0aW9uLTEifQ==');
const ENCRYPTED = payloads('YmluYXJ5L2VuY3J5cHRlZA==', 'n2aQ5vJx0m1c3Yt8');

/**
 * What the OpenAPI document shows for each operation. A test holds each against its schema, and the docs against it. The
 * page of the reference sends the first one as it stands: what names a customer of the caller's is in none.
 */
export const EXAMPLES: Readonly<Record<string, OperationExamples>> = {
  startRefresh: {
    request: {
      data_of_the_last_15_minutes: {
        products: ['BALANCES', 'TRANSACTIONS'],
        maxAge: '15m',
        giveUpAfter: '2h',
        onRateLimit: 'return',
        onRepair: 'return',
        maxCharges: 1,
        priority: 'interactive',
      },
      data_since_a_payment: { freshSince: '2026-03-01T11:58:30Z' },
    },
    answers: {
      200: { refreshed: { refresh: refreshed, disposition: 'started' } },
      202: {
        joined: { refresh: running, disposition: 'joined' },
        started: {
          refresh: { connectionId: RUN.connectionId, runId: RUN.runId, state: 'running', progress: null },
          disposition: 'started',
        },
      },
    },
  },
  getLatestRefresh: { answers: { 200: oneRun } },
  getRefresh: { answers: { 200: oneRun } },
  cancelLatestRefresh: {
    answers: { 202: { requested: { connectionId: RUN.connectionId, cancel: 'requested' } } },
  },
  refreshCustomer: {
    request: { data_of_the_last_hour: { maxAge: '1h', onRateLimit: 'return' } },
    answers: {
      202: {
        one_for_each_connection: {
          customerId: 'customer-1',
          refreshes: [
            { connectionId: 'connection-1', disposition: 'started', runId: RUN.runId },
            {
              connectionId: 'connection-2',
              disposition: 'joined',
              runId: '0198f3a6-5f0e-7c1d-9a55-000000000001',
            },
            {
              connectionId: 'connection-3',
              disposition: 'skipped',
              reason: 'INACTIVE_DUPLICATE',
              activeDuplicateConnectionId: 'connection-2',
            },
          ],
        },
      },
    },
  },
  listRefreshes: { answers: { 200: { one_page: onePage } } },
  listConnectionRefreshes: { answers: { 200: { one_page: onePage } } },
  repairConnection: {
    answers: {
      200: {
        link: {
          connectionId: RUN.connectionId,
          widgetUrl: 'https://meldconnect.example.com/?token=…',
          connectToken: 'W4pMXk…',
        },
      },
    },
  },
  receiveMeldWebhook: {
    request: {
      accounts_updated: {
        eventType: 'BANK_LINKING_ACCOUNTS_UPDATED',
        eventId: '7aWW1GXTjWCCtNubzvVX7V',
        timestamp: '2026-03-01T12:00:07.123456Z',
        accountId: 'W9jpQc1HKvwscqMPcLmzUS',
        profileId: null,
        version: '2021-10-27',
        payload: { connectionId: RUN.connectionId, customerId: 'customer-1' },
      },
    },
    answers: { 200: { delivered: { result: 'delivered' }, no_open_refresh: { result: 'no_open_refresh' } } },
  },
  encodePayloads: { request: { plain: PLAIN }, answers: { 200: { encrypted: ENCRYPTED } } },
  decodePayloads: { request: { encrypted: ENCRYPTED }, answers: { 200: { plain: PLAIN } } },
  getHealth: { answers: { 200: { ok: { status: 'ok' } } } },
  getReadiness: { answers: { 200: { ok: { status: 'ok' } } } },
  getMetrics: {
    answers: {
      200: {
        one_metric:
          '# TYPE meld_refresh_refreshes_total counter\nmeld_refresh_refreshes_total{disposition="started"} 12\n',
      },
    },
  },
  getOpenapi: { answers: { 200: { document: { openapi: '3.1.0' } } } },
};
