import {
  IdempotencyConflictError,
  RefreshStuckError,
  ProductNotAvailableError,
  TemporalRejectedError,
  TemporalUnavailableError,
  type RefreshDescription,
  type RefreshHandle,
  type RefreshRequest,
} from '../../../../src/client';
import { finalStateOf, type FinalState } from '../../../../src/cli/exit/exit-codes';
import { runBulk, type BulkReport, type Tally } from '../../../../src/cli/refresh/bulk';
import { aDescription, anEnd } from '../support/a-description';

const REQUEST = { maxAge: '1h', idempotencyKey: 'bulk-1' } as const;
const STARTED_AT = '2026-03-01T12:00:05.000Z';

type Answer = RefreshDescription | null | Error;

/** A Temporal of lists: what each call for a connection brings, in order; the last one holds. */
interface World {
  readonly reads?: Readonly<Record<string, readonly Answer[]>>;
  readonly starts?: Readonly<Record<string, readonly (Error | 'starts')[]>>;
  readonly onStart?: (connectionId: string) => void;
  readonly forCaller?: RefreshHandle['forCaller'];
}

interface Played {
  readonly report: BulkReport;
  readonly requests: readonly RefreshRequest[];
  readonly told: readonly (readonly [string, FinalState])[];
  readonly tallies: readonly Tally[];
  readonly pauses: readonly number[];
  readonly idle: readonly string[];
  /** Connections whose runs were waited for, and not only read. */
  readonly waits: readonly string[];
  readonly mostUnderWay: number;
}

interface Options {
  readonly concurrency?: number;
  readonly until?: 'end' | 'begin';
  readonly stop?: AbortSignal;
}

async function play(
  world: World,
  { ids }: { readonly ids: readonly string[] },
  { concurrency = 1, until = 'end', stop = new AbortController().signal }: Options = {},
): Promise<Played> {
  const seen = new Map<string, number>();
  /** The next of a list, by its name. */
  const next = <T>(name: string, list: readonly T[] | undefined, otherwise: T): T => {
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return list?.[Math.min(count, list.length - 1)] ?? (list?.length ? null! : otherwise);
  };
  const brought = (read: Answer): RefreshDescription | null => {
    if (read instanceof Error) throw read;
    return read;
  };
  const read = async (connectionId: string): Promise<RefreshDescription | null> => {
    await Promise.resolve();
    return brought(
      next(`read ${connectionId}`, world.reads?.[connectionId], anEnd(connectionId, 'refreshed')),
    );
  };
  const requests: RefreshRequest[] = [];
  const told: (readonly [string, FinalState])[] = [];
  const tallies: Tally[] = [];
  const pauses: number[] = [];
  const idle: string[] = [];
  const waits: string[] = [];
  let nowMs = Date.parse(STARTED_AT);

  const report = await runBulk(
    {
      refreshes: {
        wait: (connectionId) => {
          waits.push(connectionId);
          return read(connectionId);
        },
        refresh: async (request) => {
          requests.push(request);
          const { connectionId } = request;
          const start = next(`start ${connectionId}`, world.starts?.[connectionId], 'starts' as const);
          if (start instanceof Error) throw start;
          world.onStart?.(connectionId);
          return aHandle(connectionId, () => read(connectionId), world.forCaller);
        },
      },
      events: {
        ended: (run) => void told.push([run.connectionId, finalStateOf(run)!]),
        refused: (connectionId) => void told.push([connectionId, 'refused']),
        begun: () => undefined,
        idle: ({ connectionId }) => void idle.push(connectionId),
        changed: (tally) => void tallies.push({ ...tally, endings: new Map(tally.endings) }),
      },
      now: () => nowMs,
      makePause: () => (durationMs) => {
        pauses.push(durationMs);
        nowMs += durationMs;
        return Promise.resolve();
      },
    },
    { connectionIds: ids, concurrency, request: REQUEST },
    until,
    stop,
  );
  const mostUnderWay = Math.max(...tallies.map(({ underWay }) => underWay));
  return { report, requests, told, tallies, pauses, idle, waits, mostUnderWay };
}

function aHandle(
  connectionId: string,
  progress: () => Promise<RefreshDescription | null>,
  forCaller: RefreshHandle['forCaller'] = (result) => result,
): RefreshHandle {
  const unused = () => Promise.reject(new Error('a bulk asks the client'));
  const runId = `run-of-${connectionId}`;
  const asks = { result: unused, cancel: unused };
  return {
    connectionId,
    runId,
    disposition: 'started',
    forCaller,
    progress: async () => (await progress())!,
    ...asks,
  };
}

const unavailable = () => new TemporalUnavailableError('start the refresh', {});
const running = (id: string, progress: Parameters<typeof aDescription>[0]['progress'] = null) =>
  aDescription({ connectionId: id, progress });

describe('a bulk', () => {
  test('gives every connection one ending, and asks for all with one idempotency key', async () => {
    const ids = ['a', 'b', 'c'];
    const { report, requests, told } = await play(
      { reads: { b: [running('b'), anEnd('b', 'rate_limited')] } },
      { ids },
    );
    expect(Object.fromEntries(report.endings)).toEqual({ a: 'refreshed', b: 'rate_limited', c: 'refreshed' });
    expect(told).toEqual([
      ['a', 'refreshed'],
      ['b', 'rate_limited'],
      ['c', 'refreshed'],
    ]);
    expect(requests).toEqual(ids.map((connectionId) => ({ ...REQUEST, connectionId })));
    expect(report).toMatchObject({ running: [], notStarted: [], trouble: null });
  });

  test('has no more under way than it may', async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `c-${index}`);
    const { report, mostUnderWay } = await play({}, { ids }, { concurrency: 7 });
    expect(report.endings.size).toBe(50);
    expect(mostUnderWay).toBe(7);
  });

  test('lets a run that waits for hours hold nobody up, and reads it again when it is due', async () => {
    const waiting = running('a', { phase: 'waiting_for_window', waitingUntil: '2026-03-01T12:00:35.000Z' });
    const { told, pauses } = await play(
      { reads: { a: [waiting, anEnd('a', 'refreshed')] } },
      { ids: ['a', 'b'] },
    );
    expect(told.map(([id]) => id)).toEqual(['b', 'a']);
    expect(pauses).toEqual([30_000]);
  });

  test('tells once that a run only waits, and reads it again each minute', async () => {
    const waiting = running('a', { phase: 'waiting_for_repair' });
    const reads = { a: [waiting, waiting, waiting, anEnd('a', 'refreshed')] };
    const { idle, pauses, waits } = await play({ reads }, { ids: ['a'] });
    expect(idle).toEqual(['a']);
    expect(pauses).toEqual([60_000, 60_000, 60_000]);
    expect(waits).toEqual(['a']);
  });

  test('stays with a run whose wait is over by the clock but not yet by its own word', async () => {
    const waiting = running('a', { phase: 'waiting_for_window', waitingUntil: '2026-03-01T12:00:05.000Z' });
    const { waits } = await play({ reads: { a: [waiting, anEnd('a', 'refreshed')] } }, { ids: ['a'] });
    expect(waits).toEqual(['a', 'a']);
  });

  test('tells a product that the connection does not have as refused, and goes on', async () => {
    const refusal = new ProductNotAvailableError('a', ['OWNERS'], ['BALANCES']);
    const { report } = await play({ starts: { a: [refusal] } }, { ids: ['a', 'b'] });
    expect(Object.fromEntries(report.endings)).toEqual({ a: 'refused', b: 'refreshed' });
  });

  test('that waits for no ends begins each and leaves them to Temporal', async () => {
    const { report, told } = await play({}, { ids: ['a', 'b'] }, { until: 'begin' });
    expect(told).toEqual([]);
    expect(report).toMatchObject({ running: ['a', 'b'], notStarted: [] });
  });

  test('starts nothing more once it is stopped, and knows what is still running', async () => {
    const stop = new AbortController();
    const { report, requests } = await play(
      { reads: { b: [running('b')] }, onStart: (id) => (id === 'b' ? stop.abort() : undefined) },
      { ids: ['a', 'b', 'c'] },
      { stop: stop.signal },
    );
    expect(requests.map(({ connectionId }) => connectionId)).toEqual(['a', 'b']);
    expect([...report.endings.keys()]).toEqual(['a']);
    expect(report).toMatchObject({ running: ['b'], notStarted: ['c'], trouble: null });
  });
});

describe('a bulk in trouble', () => {
  test('asks again with the same key: the start that failed may have got through', async () => {
    const { report, requests, pauses } = await play(
      { starts: { a: [unavailable(), 'starts'] }, reads: { a: [anEnd('a', 'escalated')] } },
      { ids: ['a'] },
    );
    expect(requests).toEqual([
      { ...REQUEST, connectionId: 'a' },
      { ...REQUEST, connectionId: 'a' },
    ]);
    expect(pauses).toEqual([2_000]);
    expect(report.endings.get('a')).toBe('escalated');
  });

  test('tells a key that came with another request as refused, and goes on', async () => {
    const { report } = await play(
      { starts: { a: [new IdempotencyConflictError('a', 'bulk-1')] } },
      { ids: ['a', 'b'] },
    );
    expect(Object.fromEntries(report.endings)).toEqual({ a: 'refused', b: 'refreshed' });
  });

  test('tells a connection whose open run is stuck, and goes on', async () => {
    const { report } = await play(
      { starts: { a: [new RefreshStuckError('a', 'run-1', 6)] } },
      { ids: ['a', 'b'] },
    );
    expect(Object.fromEntries(report.endings)).toEqual({ a: 'stuck', b: 'refreshed' });
    expect(report.trouble).toBeNull();
  });

  test('tells what a run means for its own request', async () => {
    const { told } = await play(
      { forCaller: (result) => ({ ...result, outcome: 'already_fresh' }) },
      { ids: ['a'] },
    );
    expect(told).toEqual([['a', 'already_fresh']]);
  });

  test('follows a run that it has started after Temporal was away, and does not start it again', async () => {
    const { report, requests } = await play(
      { reads: { a: [unavailable(), unavailable(), anEnd('a', 'refreshed')] } },
      { ids: ['a'] },
    );
    expect(requests).toHaveLength(1);
    expect(report.endings.get('a')).toBe('refreshed');
  });

  test('gives up after five tries in a row, and says why', async () => {
    const { report, requests } = await play({ starts: { a: [unavailable()] } }, { ids: ['a', 'b'] });
    expect(requests.filter(({ connectionId }) => connectionId === 'a')).toHaveLength(5);
    expect(report.trouble).toBeInstanceOf(TemporalUnavailableError);
    expect(report.hindrance).toBe(report.trouble);
    expect(report.notStarted).toEqual(['a']);
  });

  test('gives up at once when Temporal refuses: that does not pass by itself', async () => {
    const refusal = new TemporalRejectedError('start the refresh', 'no such namespace', {});
    const { report, requests } = await play({ starts: { a: [refusal] } }, { ids: ['a', 'b'] });
    expect(requests).toHaveLength(1);
    expect(report).toMatchObject({ trouble: refusal, notStarted: ['a', 'b'] });
  });
});
