import { loadFigures, usualSize } from './figures';
import type { Round } from './figures';
import { historySizeOf } from './history-size';
import { runConcurrently } from './run-concurrently';
import { httpApi, overClient } from './refresh-one';
import type { RefreshOne } from './refresh-one';
import type { Measured, Variant } from './report';
import type { Settings } from './settings';
import type { BenchStack } from './bench-stack';

interface RefreshesOptions {
  readonly plain: BenchStack;
  readonly encrypted: BenchStack;
  readonly settings: Settings;
  readonly say: (what: string) => void;
  readonly signal: AbortSignal;
}

/** Plain refreshes each way: all at once and one at a time, and what they leave at Temporal. */
export async function measureRefreshes(
  options: RefreshesOptions,
): Promise<Pick<Measured, 'load' | 'alone' | 'history'>> {
  const { plain, encrypted, settings, say, signal } = options;
  const { refreshes, concurrency, rounds, warmUp, alone } = settings;
  const apiOf = ({ stack: { apiUrl: url, apiKey } }: BenchStack) => httpApi({ url, apiKey, concurrency });
  const [plainApi, encryptedApi] = [apiOf(plain), apiOf(encrypted)];

  const play = async (bench: BenchStack, refreshOne: RefreshOne, count: number, atOnce: number) => {
    const ids = await bench.newConnections(count, { scenario: 'healthy', params: { aggregationMs: 0 } });
    return { ids, round: await runConcurrently(ids, atOnce, refreshOne, signal) };
  };
  const variants: readonly (readonly [Variant, BenchStack, RefreshOne])[] = [
    ['http', plain, plainApi.refreshOne],
    ['client', plain, overClient(plain.refreshes)],
    ['encrypted', encrypted, encryptedApi.refreshOne],
  ];
  const playAlone = async (bench: BenchStack, refreshOne: RefreshOne) => {
    const { ids, round } = await play(bench, refreshOne, alone, 1);
    const sizes = [];
    for (const id of ids) sizes.push(await historySizeOf(bench.temporal, id));
    return { figures: loadFigures([round]), size: usualSize(sizes) };
  };

  try {
    say('warming up');
    for (const [, bench, refreshOne] of variants) await play(bench, refreshOne, warmUp, concurrency);
    const played: Record<Variant, Round[]> = { http: [], client: [], encrypted: [] };
    for (let round = 1; round <= rounds; round += 1) {
      say(`round ${round} of ${rounds}`);
      for (const [variant, bench, refreshOne] of variants)
        played[variant].push((await play(bench, refreshOne, refreshes, concurrency)).round);
    }
    say('one at a time');
    const alonePlain = await playAlone(plain, plainApi.refreshOne);
    const aloneEncrypted = await playAlone(encrypted, encryptedApi.refreshOne);
    return {
      load: {
        http: loadFigures(played.http),
        client: loadFigures(played.client),
        encrypted: loadFigures(played.encrypted),
      },
      alone: { plain: alonePlain.figures, encrypted: aloneEncrypted.figures },
      history: { plain: alonePlain.size, encrypted: aloneEncrypted.size },
    };
  } finally {
    await plainApi.close();
    await encryptedApi.close();
  }
}
