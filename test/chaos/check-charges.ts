import type { LedgerEntry } from '../../src/simulator/state/ledger';
import type { Call } from '../../src/refresh/model/outcome';
import { counted } from './grouped';
import type { RunRecord } from './run-records';

export interface ChargesCheck {
  /** POSTs by Meld's own ledger, and by the results'. */
  readonly posts: { readonly atMeld: number; readonly inResults: number };
  /** Charged by Meld, and possibly charged (`accepted`, `unknown`) by the results. */
  readonly charged: { readonly atMeld: number; readonly inResults: number };
  /** How many runs were charged so often at Meld. */
  readonly perRefresh: Readonly<Record<string, number>>;
  readonly most: number;
  /** Runs charged more than once, after an answer that was lost. */
  readonly twiceAfterLostAnswer: number;
  /** Runs charged more than once with no answer lost, since somebody joined for data of a later moment. */
  readonly twiceForLaterData: number;
  readonly faults: readonly string[];
}

const ANSWERS: Readonly<Partial<Record<Call['answer'], LedgerEntry['answer']>>> = {
  accepted: 'accepted',
  conflict: 'conflict',
  rate_limited: 'rate_limited',
  server_error: 'server_error',
  rejected: 'rejected',
  not_found: 'not_found',
};

/** 100 ms: `sentAt` is taken before the call by another process of this machine. */
const SLACK_MS = 100;

interface Line extends Call {
  readonly run: RunRecord;
}

/** Holds the ledger of Meld against those of the results: no call unaccounted for, no second charge without reason. */
export function checkCharges(
  entries: readonly LedgerEntry[],
  runs: readonly RunRecord[],
  maxCharges: number,
): ChargesCheck {
  const lines: Line[] = runs.flatMap((run) => (run.result?.calls ?? []).map((call) => ({ ...call, run })));
  const faults: string[] = [];
  const chargesOf = new Map(runs.map((run) => [run, 0]));
  const unmatched = new Set(lines);
  const byId = new Map(lines.map((line) => [line.requestId, line]));

  const account = (entry: LedgerEntry, line: Line): void => {
    unmatched.delete(line);
    if (entry.charged) chargesOf.set(line.run, (chargesOf.get(line.run) ?? 0) + 1);
    if (entry.charged && line.answer !== 'accepted' && line.answer !== 'unknown') {
      faults.push(`${tell(entry)}: charged, and the result says ${line.answer}`);
    }
  };
  for (const entry of entries) {
    const line = byId.get(entry.requestId);
    if (line === undefined) continue;
    // A 5xx that may be a gateway's is `unknown` to us, whatever Meld says of it.
    const isKnown = line.answer !== 'unknown';
    if (isKnown && ANSWERS[line.answer] !== entry.answer)
      faults.push(`${tell(entry)}: the result says ${line.answer}`);
    account(entry, line);
  }
  for (const entry of entries.filter(({ requestId }) => !byId.has(requestId))) {
    // Without an id: the answer was lost, or could not be read.
    const line = [...unmatched]
      .filter(({ run, requestId }) => run.connectionId === entry.connectionId && requestId === null)
      .filter(({ sentAt }) => Date.parse(sentAt) <= Date.parse(entry.at) + SLACK_MS)
      .at(-1);
    if (line === undefined) faults.push(`${tell(entry)}: in the ledger of no result`);
    else account(entry, line);
  }
  for (const line of unmatched) {
    if (line.requestId !== null)
      faults.push(`${line.run.connectionId}: Meld knows no call ${line.requestId}`);
  }
  for (const [run, charges] of chargesOf) {
    if (charges > maxCharges) faults.push(`${run.connectionId}: charged ${charges} times in one refresh`);
    else if (charges > 1 && !lostAnAnswer(run) && !wasAskedForMore(run))
      faults.push(`${run.connectionId}: charged ${charges} times in one refresh, with no answer lost`);
  }

  const charges = [...chargesOf.values()];
  return {
    posts: { atMeld: entries.length, inResults: lines.length },
    charged: {
      atMeld: entries.filter(({ charged }) => charged).length,
      inResults: lines.filter(({ answer }) => answer === 'accepted' || answer === 'unknown').length,
    },
    perRefresh: counted(
      charges.sort((a, b) => a - b),
      String,
    ),
    most: Math.max(0, ...charges),
    twiceAfterLostAnswer: [...chargesOf].filter(([run, n]) => n > 1 && lostAnAnswer(run)).length,
    twiceForLaterData: [...chargesOf].filter(([run, n]) => n > 1 && !lostAnAnswer(run)).length,
    faults,
  };
}

export function lostAnAnswer({ result }: RunRecord): boolean {
  return result?.calls.some(({ answer }) => answer === 'unknown') ?? false;
}

/** A caller joined after the first call, and wants data of a later moment than it was made for. */
function wasAskedForMore({ result, signals }: RunRecord): boolean {
  if (result === null) return false;
  const [first = ''] = result.calls.filter(({ mayBeCharged }) => mayBeCharged).map(({ sentAt }) => sentAt);
  const firstMs = Date.parse(first);
  const hasLateJoin = signals.some(({ name, atMs }) => name === 'join' && atMs > firstMs);
  return hasLateJoin && Date.parse(result.freshSince) > firstMs;
}

function tell({ connectionId, number, at, answer }: LedgerEntry): string {
  return `call ${number} at Meld (${connectionId}, ${at}, ${answer})`;
}
