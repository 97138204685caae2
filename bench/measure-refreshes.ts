import { loadFigures, usualSize } from './figures';
import type { Round } from './figures';
import { historySizeOf } from './history-size';
import { inLanes } from './in-lanes';
import { httpApi, overClient } from './refresh-one';
import type { RefreshOne } from './refresh-one';
import type { Measured, Way } from './report';
import type { Settings } from './settings';
import type { World } from './world';

interface RefreshesOptions {
  readonly plain: World;
  readonly encrypted: World;
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
  const apiOf = ({ stack: { apiUrl: url, apiKey } }: World) => httpApi({ url, apiKey, concurrency });
  const [plainApi, encryptedApi] = [apiOf(plain), apiOf(encrypted)];

  const play = async (world: World, refreshOne: RefreshOne, count: number, lanes: number) => {
    const ids = await world.newConnections(count, { script: 'healthy', knobs: { aggregationMs: 0 } });
    return { ids, round: await inLanes(ids, lanes, refreshOne, signal) };
  };
  const ways: readonly (readonly [Way, World, RefreshOne])[] = [
    ['http', plain, plainApi.refreshOne],
    ['client', plain, overClient(plain.refreshes)],
    ['encrypted', encrypted, encryptedApi.refreshOne],
  ];
  const playAlone = async (world: World, refreshOne: RefreshOne) => {
    const { ids, round } = await play(world, refreshOne, alone, 1);
    const sizes = [];
    for (const id of ids) sizes.push(await historySizeOf(world.temporal, id));
    return { figures: loadFigures([round]), size: usualSize(sizes) };
  };

  try {
    say('warming up');
    for (const [, world, refreshOne] of ways) await play(world, refreshOne, warmUp, concurrency);
    const played: Record<Way, Round[]> = { http: [], client: [], encrypted: [] };
    for (let round = 1; round <= rounds; round += 1) {
      say(`round ${round} of ${rounds}`);
      for (const [way, world, refreshOne] of ways)
        played[way].push((await play(world, refreshOne, refreshes, concurrency)).round);
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
