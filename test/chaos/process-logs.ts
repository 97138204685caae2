import { readFileSync } from 'node:fs';

type LogLine = Readonly<Record<string, unknown>>;

/** The JSON lines of a log; a line that a kill has cut is left out. */
export function readLog(file: string): readonly LogLine[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        const parsed: unknown = JSON.parse(line);
        return typeof parsed === 'object' && parsed !== null ? [{ ...parsed }] : [];
      } catch {
        return [];
      }
    });
}

/** When the server answered 200 because no refresh was open, by event id. */
export function nobodyAtMs(server: readonly LogLine[]): ReadonlyMap<string, readonly number[]> {
  const times = new Map<string, number[]>();
  for (const { event, result, eventId, time } of server) {
    if (event !== 'meld_webhook' || result !== 'no_open_refresh' || typeof eventId !== 'string') continue;
    times.set(eventId, [...(times.get(eventId) ?? []), timeOf(time)]);
  }
  return times;
}

/** How reads of connections failed, by the kind of answer, as the worker saw it. */
export function failedReads(worker: readonly LogLine[]): readonly string[] {
  return worker.flatMap(({ msg, event, reply }) =>
    [msg, event].includes('meld_connection_unavailable') ? [String(reply)] : [],
  );
}

const NON_DETERMINISM = /nondetermin|non-determin|determinism|TMPRL1100/i;

/** What replay found to differ; there must be none. */
export function nonDeterminism(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => NON_DETERMINISM.test(line));
}

function timeOf(time: unknown): number {
  return typeof time === 'number' ? time : Date.parse(String(time));
}
