import { aProgress } from '../../support/a-progress';
import {
  ProductNotAvailableError,
  type CancelAnswer,
  type EventMessage,
  type RefreshDescription,
  type RefreshFilter,
} from '../../../src/client';
import { refreshCustomer } from '../../../src/client/refresh-customer';
import { InvalidRequestError } from '../../../src/refresh/input/invalid-request';
import type { RefreshResult } from '../../../src/refresh/model/outcome';
import type { RefreshRequest } from '../../../src/refresh/model/request';
import type { Refreshes } from '../../../src/server/server-deps';

/** Refreshes in memory, one open run per connection, as the client promises them. */
export interface FakeRefreshes extends Refreshes {
  readonly requests: RefreshRequest[];
  readonly signals: { readonly connectionId: string; readonly message: EventMessage }[];
  readonly waiting: () => number;
  /** Ends the open run of the connection. */
  end(connectionId: string, result?: RefreshResult): void;
  /** Every call from now on throws it, or never ends for `'silent'`. */
  fail(how: Error | 'silent' | null): void;
}

type Run = { -readonly [K in keyof RefreshDescription]: RefreshDescription[K] };

export function makeFakeRefreshes(): FakeRefreshes {
  const runs: Run[] = [];
  const requests: RefreshRequest[] = [];
  const signals: { connectionId: string; message: EventMessage }[] = [];
  const listeners = new Set<() => void>();
  let failure: Error | 'silent' | null = null;

  const latestRun = (connectionId: string) => runs.findLast((run) => run.connectionId === connectionId);
  const findRun = (connectionId: string, runId?: string) =>
    runId === undefined
      ? latestRun(connectionId)
      : runs.find((run) => run.connectionId === connectionId && run.runId === runId);
  const copy = (run: Run | undefined) => (run === undefined ? null : { ...run });
  const tell = () => {
    for (const listener of [...listeners]) listener();
  };
  async function work(): Promise<void> {
    if (failure === 'silent') await new Promise<never>(() => undefined);
    if (failure instanceof Error) throw failure;
  }

  const fake: FakeRefreshes = {
    requests,
    signals,
    waiting: () => listeners.size,
    end(connectionId, result = aResult(connectionId)) {
      const run = latestRun(connectionId)!;
      Object.assign(run, {
        state: 'ended',
        endedAt: '2026-03-01T12:00:09.000Z',
        result,
        outcome: result.outcome,
      });
      tell();
    },
    fail(how) {
      failure = how;
    },

    async refresh(request) {
      await work();
      requests.push(request);
      const { connectionId } = request;
      const open = latestRun(connectionId);
      const joined = open?.state === 'running';
      if (joined && request.products?.includes('OWNERS') === true) {
        throw new ProductNotAvailableError(connectionId, ['OWNERS'], ['BALANCES']);
      }
      const run = joined ? open : aRun(connectionId, runs.length, request.customerId);
      if (!joined) runs.push(run);
      const { runId } = run;
      return {
        connectionId,
        runId,
        disposition: joined ? 'joined' : 'started',
        forCaller: (result) => result,
        result: () => Promise.reject(new Error('the server does not ask for bare results')),
        progress: async () => (await fake.describe(connectionId, runId))!,
        cancel: () => fake.cancel(connectionId, runId),
      };
    },
    async latest(connectionId) {
      await work();
      return copy(latestRun(connectionId));
    },
    async describe(connectionId, runId) {
      await work();
      return copy(findRun(connectionId, runId));
    },
    async wait(connectionId, { timeoutMs = Infinity, runId, signal } = {}) {
      await work();
      const run = findRun(connectionId, runId);
      if (run?.state === 'running' && signal?.aborted !== true) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(done, Math.min(timeoutMs, 2 ** 31 - 1));
          function done() {
            clearTimeout(timer);
            signal?.removeEventListener('abort', done);
            listeners.delete(check);
            resolve();
          }
          function check() {
            if (run?.state !== 'running') done();
          }
          timer.unref();
          listeners.add(check);
          signal?.addEventListener('abort', done);
        });
      }
      return copy(run);
    },
    async cancel(connectionId, runId): Promise<CancelAnswer> {
      await work();
      const run = findRun(connectionId, runId);
      if (run?.state !== 'running') return 'not_running';
      Object.assign(run, { state: 'canceled', endedAt: '2026-03-01T12:00:09.000Z' });
      tell();
      return 'requested';
    },
    async listPage(filter = {}, { pageSize = 50, pageToken } = {}) {
      await work();
      const matching = runs.filter((run) => matches(run, filter)).reverse();
      const [prefix, from = '0'] = (pageToken ?? `${JSON.stringify(filter)}@0`).split('@');
      if (prefix !== JSON.stringify(filter))
        throw new InvalidRequestError('pageToken', 'one of this list', pageToken);
      const to = Number(from) + pageSize;
      const refreshes = matching.slice(Number(from), to).map(({ result: _result, ...listed }) => listed);
      return to < matching.length
        ? { refreshes, nextPageToken: `${JSON.stringify(filter)}@${to}` }
        : { refreshes };
    },
    refreshCustomer: (customerId, request, connections) =>
      refreshCustomer({ connections, refresh: fake.refresh }, customerId, request),
    async signal(connectionId, message) {
      await work();
      if (latestRun(connectionId)?.state !== 'running') return 'no_open_refresh';
      signals.push({ connectionId, message });
      return 'delivered';
    },
  };
  return fake;
}

function matches(run: Run, { since, until, ...equal }: RefreshFilter): boolean {
  return (
    (since === undefined || run.startedAt >= since) &&
    (until === undefined || run.startedAt < until) &&
    Object.entries(equal).every(([field, value]) => run[field as keyof Run] === value)
  );
}

function aRun(connectionId: string, index: number, customerId: string | undefined): Run {
  return {
    connectionId,
    runId: `0198f3a6-5f0e-7c1d-9a55-${String(index).padStart(12, '0')}`,
    state: 'running',
    progress: aProgress(),
    provider: 'PLAID',
    startedAt: '2026-03-01T12:00:00.000Z',
    ...(customerId === undefined ? {} : { customerId }),
  };
}

export function aResult(connectionId: string): RefreshResult {
  return {
    outcome: 'refreshed',
    connectionId,
    requestedAt: '2026-03-01T12:00:00.000Z',
    freshSince: '2026-03-01T12:00:00.000Z',
    finishedAt: '2026-03-01T12:00:09.000Z',
    connection: {
      status: 'ACTIVE',
      statusReason: null,
      serviceProvider: 'PLAID',
      institutionName: 'Test Bank',
      products: ['BALANCES', 'TRANSACTIONS'],
      optionalProducts: [],
    },
    aggregatedAt: { before: null, after: '2026-03-01T12:00:07.000Z' },
    evidence: {
      BALANCES: {
        by: 'event',
        eventId: 'event-1',
        occurredAt: '2026-03-01T12:00:07.000Z',
        satisfies: '2026-03-01T12:00:07.000Z',
      },
      TRANSACTIONS: {
        by: 'successfullyAggregatedAt',
        aggregatedAt: '2026-03-01T12:00:07.000Z',
        satisfies: '2026-03-01T12:00:07.000Z',
      },
    },
    earlierEvidence: {},
    calls: [
      {
        sentAt: '2026-03-01T12:00:01.000Z',
        products: null,
        answer: 'accepted',
        httpStatus: 200,
        requestId: 'request-1',
        mayBeCharged: true,
      },
    ],
  };
}
