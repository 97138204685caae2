import type { MeldSettings } from '../../config';
import { reasonOf } from '../../lib/reason-of';
import { MeldError } from '../../meld/http/meld-error';
import { withMeld } from '../connect';
import { hintFor } from '../exit/explain';
import { inWords } from '../format/time';
import { check, note, ok, wrong, type CheckResult } from './check-result';

const ASK_WITHIN_MS = 5_000;
/** The `Date` header has whole seconds. */
const HEADER_STEP_MS = 1_000;

/** Whether Meld answers and takes the key: one free read of the first connection. */
export function checkMeld(settings: MeldSettings): Promise<CheckResult> {
  return check(
    'Meld',
    () =>
      withMeld(settings, async (meld) => {
        for await (const _ of meld.searchConnections({ limit: 1 })) break;
        return ok(`reached at ${settings.baseUrl}, the key is taken`);
      }),
    (error) => {
      const otherwise = 'Is it Meld? Check MELD_BASE_URL or MELD_ENVIRONMENT';
      const hint = error instanceof MeldError ? `. ${hintFor(error.failure, otherwise)}` : '';
      return `${settings.baseUrl}: ${reasonOf(error)}${hint}`;
    },
  );
}

/** Whether Meld's clock and this machine's agree: evidence is judged by both. Asks for no page of the API. */
export function checkClock({ baseUrl }: MeldSettings, toleranceMs: number): Promise<CheckResult> {
  return check("Meld's clock", async () => {
    const sentMs = Date.now();
    const date = await fetch(baseUrl, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(ASK_WITHIN_MS),
    }).then(
      ({ headers }) => Date.parse(headers.get('date') ?? ''),
      () => NaN,
    );
    if (Number.isNaN(date)) return note('not told, so it could not be compared');
    const offMs = clockOffset(date, sentMs, Date.now());
    const off = `${inWords(Math.abs(offMs))} ${offMs > 0 ? 'ahead of' : 'behind'} this machine's`;
    if (offMs === 0) return ok("agrees with this machine's to the second");
    if (Math.abs(offMs) <= toleranceMs) return ok(`${off}, which clockTolerance covers`);
    const covered = `clockTolerance (${inWords(toleranceMs)})`;
    return wrong(`${off}, more than ${covered}: fresh data may not count. Set this machine's clock (NTP)`);
  });
}

/** How far the clock that said `dateMs` is ahead at least, whenever between sending and receiving it was read. */
export function clockOffset(dateMs: number, sentMs: number, receivedMs: number): number {
  if (dateMs > receivedMs) return dateMs - receivedMs;
  const latestMs = dateMs + HEADER_STEP_MS;
  return latestMs < sentMs ? latestMs - sentMs : 0;
}
