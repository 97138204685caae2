import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { parseRequest } from '../../refresh/input/parse-request';
import { FINAL_STATES } from '../final-state';
import type { FinalState } from '../final-state';
import { messageOf } from '../explain';
import { UsageError } from '../usage-error';
import type { FixedRequest } from './fixed-request';

/** What a bulk is, from its beginning to its end. */
export interface BulkOrder {
  /** RFC 3339, by the clock of this machine. */
  readonly startedAt: string;
  readonly request: FixedRequest;
  readonly connectionIds: readonly string[];
}

/** The bulk and what is known to be done of it. */
export interface JournalRecord {
  readonly order: BulkOrder;
  /** By connection: the run that was started or joined. */
  readonly started: ReadonlyMap<string, string>;
  readonly ended: ReadonlyMap<string, FinalState>;
}

/**
 * A bulk's memory: a file to which one line is added for each connection that was started, and one for each that has
 * ended. A line that a crash keeps from it costs another look at Temporal, never a call.
 */
export interface Journal {
  readonly file: string;
  readonly started: (connectionId: string, runId: string) => void;
  readonly ended: (connectionId: string, ending: FinalState) => void;
  readonly close: () => void;
}

const id = z.string().min(1);
const header = z.object({
  meldRefreshBulk: z.literal(1),
  startedAt: z.iso.datetime(),
  request: z.record(z.string(), z.unknown()),
  connectionIds: z.array(z.string()).min(1),
});
const startedLine = z.object({ started: id, runId: id });
const endedLine = z.object({ ended: id, ending: z.enum(FINAL_STATES) });

/** @throws UsageError when the file is there already, or cannot be made. */
export function createJournal(file: string, order: BulkOrder): Journal {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    // Whose connections were refreshed is nobody else's business.
    const fd = openSync(file, 'ax', 0o600);
    const journal = journalOn(fd, file);
    writeLine(fd, { meldRefreshBulk: 1, ...order });
    return journal;
  } catch (error) {
    const there = Reflect.get(Object(error), 'code') === 'EEXIST';
    throw new UsageError(
      there
        ? `--journal: ${file} is there already. To go on with it: meld-refresh refresh --resume ${file}`
        : `--journal: expected a file that can be written: ${problemOf(error)}`,
      { cause: error },
    );
  }
}

/** Opens a journal to go on with. @throws UsageError when it cannot be, or is none. */
export function resumeJournal(file: string): { readonly journal: Journal; readonly record: JournalRecord } {
  try {
    const record = readJournal(readFileSync(file, 'utf8'));
    const fd = openSync(file, 'a+');
    endTornLine(fd);
    return { journal: journalOn(fd, file), record };
  } catch (error) {
    throw new UsageError(`--resume: expected the journal of a bulk: ${problemOf(error)}`, { cause: error });
  }
}

/**
 * Lines that cannot be read, a torn last one above all, are as good as lost and are left out.
 * @throws Error when the first line is not a bulk's
 */
export function readJournal(content: string): JournalRecord {
  const [first = '', ...lines] = content.split('\n');
  const { startedAt, request, connectionIds } = header.parse(parse(first));
  const { connectionId: _, freshSince, ...rest } = parseRequest({ ...request, connectionId: 'any' });
  if (freshSince === undefined) throw new Error('its request has no freshSince');
  for (const connectionId of connectionIds) parseRequest({ connectionId });
  const started = new Map<string, string>();
  const ended = new Map<string, FinalState>();
  for (const line of lines.map(parse)) {
    const start = startedLine.safeParse(line);
    if (start.success) started.set(start.data.started, start.data.runId);
    const end = endedLine.safeParse(line);
    if (end.success) ended.set(end.data.ended, end.data.ending);
  }
  return { order: { startedAt, request: { ...rest, freshSince }, connectionIds }, started, ended };
}

function journalOn(fd: number, file: string): Journal {
  return {
    file,
    started: (connectionId, runId) => writeLine(fd, { started: connectionId, runId }),
    ended: (connectionId, ending) => writeLine(fd, { ended: connectionId, ending }),
    close: () => closeSync(fd),
  };
}

function writeLine(fd: number, line: object): void {
  writeSync(fd, `${JSON.stringify(line)}\n`);
}

/** What is added next must not become part of a line that a crash left unfinished. */
function endTornLine(fd: number): void {
  const { size } = fstatSync(fd);
  const last = Buffer.alloc(1);
  readSync(fd, last, 0, 1, Math.max(0, size - 1));
  if (last.toString() !== '\n') writeSync(fd, '\n');
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function problemOf(error: unknown): string {
  if (error instanceof z.ZodError) return 'its first line is not that of a bulk';
  return messageOf(error);
}
