import type { HistorySize, LoadFigures, MemoryFigures } from './figures';
import type { Machine } from './machine';
import type { Settings } from './settings';

/** One kind of refresh under load. */
export type Variant = 'http' | 'client' | 'encrypted';

/** All that was measured. */
export interface Measured {
  readonly measuredAt: string;
  readonly machine: Machine;
  readonly settings: Settings;
  readonly load: Readonly<Record<Variant, LoadFigures>>;
  readonly alone: Readonly<Record<'plain' | 'encrypted', LoadFigures>>;
  readonly history: Readonly<Record<'plain' | 'encrypted', HistorySize>>;
  readonly memory: MemoryFigures;
}

export interface Ratio {
  readonly of: string;
  readonly to: string;
  readonly by: 'refreshes/s' | 'p50' | 'history events' | 'history bytes';
  readonly ratio: number;
}

export interface Report extends Measured {
  readonly ratios: readonly Ratio[];
}

/** The figures, and what follows from them. */
export function makeReport(measured: Measured): Report {
  const { load, alone, history, settings } = measured;
  const many = `${settings.concurrency} at once`;
  const byLoad = (of: string, to: string, a: LoadFigures, b: LoadFigures): Ratio[] => [
    { of, to, by: 'refreshes/s', ratio: a.perSecond / b.perSecond },
    { of, to, by: 'p50', ratio: a.p50Ms / b.p50Ms },
  ];
  return {
    ...measured,
    ratios: [
      ...byLoad('HTTP API', 'RefreshClient', load.http, load.client),
      ...byLoad('encrypted', `plain, ${many}`, load.encrypted, load.http),
      ...byLoad('encrypted', 'plain, one at a time', alone.encrypted, alone.plain),
      ...byLoad(many, 'one at a time', load.http, alone.plain),
      {
        of: 'encrypted',
        to: 'plain',
        by: 'history events',
        ratio: history.encrypted.events / history.plain.events,
      },
      {
        of: 'encrypted',
        to: 'plain',
        by: 'history bytes',
        ratio: history.encrypted.bytes / history.plain.bytes,
      },
    ],
  };
}
