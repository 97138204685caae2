import type { MeldSettings } from '../../config';
import { makeMeldClient } from '../../meld/meld-client';
import { MeldError } from '../../meld/http/meld-error';
import { EXIT } from '../exit-codes';
import { attempt } from './attempt';
import type { Finding } from './finding';

/** Whether Meld answers and takes the key: one free look at the first connection. */
export async function checkMeld(settings: MeldSettings | null): Promise<Finding> {
  const about = 'Meld';
  if (settings === null) {
    const text = 'no key. Worker, server and repair need MELD_API_KEY with MELD_ENVIRONMENT or MELD_BASE_URL';
    return { about, verdict: 'note', text, code: EXIT.unavailable };
  }
  const asked = await attempt(() => look(settings));
  const why = asked.done ? asked.value : asked.why;
  return why === null
    ? {
        about,
        verdict: 'ok',
        text: `reached at ${settings.baseUrl}, the key is taken`,
        code: EXIT.unavailable,
      }
    : { about, verdict: 'wrong', text: `${settings.baseUrl}: ${why}`, code: EXIT.unavailable };
}

async function look(settings: MeldSettings): Promise<string | null> {
  const meld = makeMeldClient(settings);
  try {
    for await (const _ of meld.searchConnections({ limit: 1 })) break;
    return null;
  } catch (error) {
    if (!(error instanceof MeldError)) throw error;
    return `${error.message}. ${mending(error)}`;
  } finally {
    await meld.close();
  }
}

function mending({ failure: { reply } }: MeldError): string {
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
