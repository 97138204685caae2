import { loadWorkerConfig } from '../../config';
import { makeMeldClient } from '../../meld/meld-client';
import type { MeldClient } from '../../meld/meld-client';
import type { CliIo } from '../terminal/process-io';

/**
 * A Meld client as the environment says, for as long as `use` takes.
 * @throws ConfigError when there is no key, or no word of which Meld it belongs to.
 */
export async function withMeld<T>(
  { env }: Pick<CliIo, 'env'>,
  use: (meld: MeldClient) => Promise<T>,
): Promise<T> {
  const meld = makeMeldClient(loadWorkerConfig(env).meld);
  try {
    return await use(meld);
  } finally {
    await meld.close();
  }
}
