import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rmSync } from 'node:fs';
import type { RefreshClient } from '../../client';
import { toInstant } from '../../refresh/model/instant';
import type { CliContext } from '../cli-context';
import { EXIT, exitCodeOf, exitCodeOfError, worst } from '../exit-codes';
import type { ExitCode } from '../exit-codes';
import { explain } from '../explain';
import { countsInWords, someOf } from '../format/bulk';
import type { FinalState } from '../final-state';
import { runBulk } from './bulk';
import type { BulkReport } from './bulk';
import { makeBulkView } from './bulk-view';
import { fixRequest } from './fixed-request';
import { createJournal, resumeJournal } from './journal';
import type { Journal, JournalRecord } from './journal';
import type { SharedRequest } from './request-options';
import { stopSignal } from './stop-signal';

export interface ManyOptions {
  readonly concurrency: number;
  readonly until: 'end' | 'begin';
  readonly format: 'lines' | 'json';
  /** How long to go on at most; `null`: until the end. */
  readonly timeoutMs: number | null;
}

/** A bulk on its way, new or from a journal. */
export interface Bulk {
  readonly journal: Journal;
  readonly record: JournalRecord;
  readonly memory: 'whole' | 'look_first';
  /** `ours`: its place was not chosen by anybody, and it goes when nothing is left to resume. */
  readonly place: 'ours' | 'chosen';
}

/** @throws UsageError when the journal cannot be made. */
export function newBulk(
  { io }: Pick<CliContext, 'io'>,
  connectionIds: readonly string[],
  request: SharedRequest,
  journalFile: string | undefined,
): Bulk {
  const nowMs = io.now();
  const order = { startedAt: toInstant(nowMs), request: fixRequest(request, nowMs), connectionIds };
  const journal = createJournal(journalFile ?? defaultFile(io.env, nowMs), order);
  const record = { order, started: new Map<string, string>(), ended: new Map<string, FinalState>() };
  return { journal, record, memory: 'whole', place: journalFile === undefined ? 'ours' : 'chosen' };
}

/** @throws UsageError when the file is no journal. */
export function resumedBulk({ io }: Pick<CliContext, 'io'>, file: string): Bulk {
  const ours = path.dirname(path.resolve(file)) === stateFolder(io.env);
  return { ...resumeJournal(file), memory: 'look_first', place: ours ? 'ours' : 'chosen' };
}

/** Runs the bulk and says how it ended. */
export async function runMany(
  { io, output }: Pick<CliContext, 'io' | 'output'>,
  refreshes: RefreshClient,
  { journal, record, memory, place }: Bulk,
  { concurrency, until, format, timeoutMs }: ManyOptions,
): Promise<ExitCode> {
  const { signal: stop, why, release } = stopSignal(io, timeoutMs);
  stop.addEventListener('abort', () => {
    output.note(`${why()}: no new refreshes are started; those under way go on in Temporal.`);
  });
  try {
    const report = await runBulk(
      {
        refreshes,
        journal,
        now: io.now,
        events: makeBulkView({ output, format, terminal: io.stderr.isTTY === true, now: io.now }),
        pause: (durationMs, signal) => sleep(durationMs, undefined, { signal }).catch(() => undefined),
      },
      record,
      { concurrency, until, memory, stop },
    );
    output.endLive();
    const open = report.running.length + report.notStarted.length;
    if (open === 0 && place === 'ours') rmSync(journal.file, { force: true });
    for (const line of reportLines(report, journal.file, until)) output.note(line);
    return exitCodeOfBulk(report, until);
  } finally {
    release();
    output.endLive();
    journal.close();
  }
}

function reportLines(
  { endings, running, notStarted, trouble }: BulkReport,
  file: string,
  until: ManyOptions['until'],
): readonly string[] {
  const counts = new Map<FinalState, number>();
  for (const ending of endings.values()) counts.set(ending, (counts.get(ending) ?? 0) + 1);
  const total = endings.size + running.length + notStarted.length;
  const ended = `${endings.size} of ${total} ended${counts.size === 0 ? '' : `: ${countsInWords(counts)}`}.`;
  return [
    ...(trouble === null ? [] : [explain(trouble)]),
    ended,
    ...(running.length === 0 ? [] : [`${running.length} still running in Temporal: ${someOf(running)}.`]),
    ...(notStarted.length === 0 ? [] : [`${notStarted.length} not started: ${someOf(notStarted)}.`]),
    ...(running.length + notStarted.length === 0
      ? []
      : [`${until === 'begin' ? 'To wait for them' : 'To go on'}: meld-refresh refresh --resume ${file}`]),
  ];
}

function exitCodeOfBulk(
  { endings, running, notStarted, trouble }: BulkReport,
  until: ManyOptions['until'],
): ExitCode {
  const open = until === 'begin' ? notStarted : [...running, ...notStarted];
  return worst([
    ...[...endings.values()].map(exitCodeOf),
    ...(trouble === null ? [] : [exitCodeOfError(trouble)]),
    ...(open.length > 0 && trouble === null ? [EXIT.unfinished] : []),
  ]);
}

function defaultFile(env: NodeJS.ProcessEnv, nowMs: number): string {
  const instant = toInstant(nowMs).replaceAll(':', '');
  return path.join(stateFolder(env), `bulk-${instant}-${process.pid}.jsonl`);
}

function stateFolder({ XDG_STATE_HOME: stateHome, HOME: home }: NodeJS.ProcessEnv): string {
  return path.resolve(stateHome || path.join(home || homedir(), '.local', 'state'), 'meld-refresh');
}
