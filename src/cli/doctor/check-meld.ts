import type { MeldSettings } from '../../config';
import { makeMeldClient } from '../../meld/meld-client';
import { MeldError } from '../../meld/http/meld-error';
import { tryTo } from './try-to';
import { note, ok, wrong } from './check-result';
import type { CheckResult } from './check-result';

/** Whether Meld answers and takes the key: one free read of the first connection. */
export async function checkMeld(settings: MeldSettings | null): Promise<CheckResult> {
  const about = 'Meld';
  if (settings === null) {
    return note(
      about,
      'no key. Worker, server and repair need MELD_API_KEY with MELD_ENVIRONMENT or MELD_BASE_URL',
    );
  }
  const asked = await tryTo(() => readOne(settings));
  const why = asked.done ? asked.value : asked.why;
  return why === null
    ? ok(about, `reached at ${settings.baseUrl}, the key is taken`)
    : wrong(about, `${settings.baseUrl}: ${why}`);
}

async function readOne(settings: MeldSettings): Promise<string | null> {
  const meld = makeMeldClient(settings);
  try {
    for await (const _ of meld.searchConnections({ limit: 1 })) break;
    return null;
  } catch (error) {
    if (!(error instanceof MeldError)) throw error;
    return `${error.message}. ${hintFor(error)}`;
  } finally {
    await meld.close();
  }
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
