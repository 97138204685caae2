import type { MeldSettings } from '../../config';
import { makeMeldClient } from '../../meld/meld-client';
import { MeldError } from '../../meld/http/meld-error';
import { hintFor } from '../exit/explain';
import { check, ok } from './check-result';
import type { CheckResult } from './check-result';

/** Whether Meld answers and takes the key: one free read of the first connection. */
export function checkMeld(settings: MeldSettings): Promise<CheckResult> {
  return check(
    'Meld',
    async () => {
      const meld = makeMeldClient(settings);
      try {
        for await (const _ of meld.searchConnections({ limit: 1 })) break;
        return ok('Meld', `reached at ${settings.baseUrl}, the key is taken`);
      } catch (error) {
        throw error instanceof MeldError
          ? new Error(
              `${error.message}. ${hintFor(error.failure, 'Is it Meld? Check MELD_BASE_URL or MELD_ENVIRONMENT')}`,
            )
          : error;
      } finally {
        await meld.close();
      }
    },
    (why) => `${settings.baseUrl}: ${why}`,
  );
}
