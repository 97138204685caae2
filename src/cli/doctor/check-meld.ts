import type { MeldSettings } from '../../config';
import { makeMeldClient } from '../../meld/meld-client';
import { MeldError } from '../../meld/http/meld-error';
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
        throw error instanceof MeldError ? new Error(`${error.message}. ${hintFor(error)}`) : error;
      } finally {
        await meld.close();
      }
    },
    (why) => `${settings.baseUrl}: ${why}`,
  );
}

function hintFor({ failure: { reply } }: MeldError): string {
  switch (reply) {
    case 'access_denied':
      return 'Check MELD_API_KEY, and whether it is a key of that environment';
    case 'no_answer':
      return 'Check the network, and MELD_BASE_URL or MELD_ENVIRONMENT';
    case 'not_found':
    case 'rejected':
    case 'unreadable':
      return 'Is it Meld? Check MELD_BASE_URL or MELD_ENVIRONMENT';
    case 'rate_limited':
    case 'server_error':
      return 'Meld has trouble: try again later';
  }
}
