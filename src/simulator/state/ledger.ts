import type { ChangeSignal } from './change-signal';
import { toInstant } from './clock';

/** One POST of a refresh, as Meld would bill it. */
export interface LedgerEntry {
  readonly number: number;
  readonly connectionId: string;
  /** When it came in, by the simulator's clock. */
  readonly at: string;
  /** As asked for; `null` for all. */
  readonly products: readonly string[] | null;
  /** In the answer too, whenever there is one. */
  readonly requestId: string;
  /** `pending`: not answered yet. `lost`: never will be, or nobody was there any more to hear it. */
  readonly answer:
    'pending' | 'accepted' | 'conflict' | 'rate_limited' | 'server_error' | 'not_found' | 'rejected' | 'lost';
  readonly httpStatus: number | null;
  /** The refresh was executed, whatever the caller heard of it. */
  readonly charged: boolean;
}

type Writable = { -readonly [K in keyof LedgerEntry]: LedgerEntry[K] };

export type LedgerLine = ReturnType<ReturnType<typeof makeLedger>['open']>;

export function makeLedger({ now, changeSignal }: { now: () => number; changeSignal: ChangeSignal }) {
  const entries: Writable[] = [];

  return {
    open(call: Pick<LedgerEntry, 'connectionId' | 'products' | 'requestId'>) {
      const entry: Writable = {
        ...call,
        number: entries.length + 1,
        at: toInstant(now()),
        answer: 'pending',
        httpStatus: null,
        charged: false,
      };
      entries.push(entry);
      changeSignal.notify();
      const write = (change: Partial<LedgerEntry>): void => {
        Object.assign(entry, change);
        changeSignal.notify();
      };
      return {
        requestId: call.requestId,
        charge: () => write({ charged: true }),
        answered: (httpStatus: number) => write({ httpStatus, answer: nameOf(httpStatus) }),
        lost: () => write({ answer: 'lost', httpStatus: null }),
      };
    },
    entries: (connectionId?: string): LedgerEntry[] =>
      entries
        .filter((entry) => connectionId === undefined || entry.connectionId === connectionId)
        .map((entry) => ({ ...entry })),
    clear: () => void (entries.length = 0),
  };
}

function nameOf(httpStatus: number): LedgerEntry['answer'] {
  if (httpStatus === 200) return 'accepted';
  if (httpStatus === 404) return 'not_found';
  if (httpStatus === 409) return 'conflict';
  if (httpStatus === 429) return 'rate_limited';
  return httpStatus >= 500 ? 'server_error' : 'rejected';
}
