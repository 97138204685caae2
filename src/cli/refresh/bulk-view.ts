import { bulkLine } from '../format/bulk';
import { summaryLine } from '../format/description';
import type { Output } from '../output';
import type { BulkEvents, Tally } from './bulk';

export interface BulkViewOptions {
  readonly output: Output;
  readonly format: 'lines' | 'json';
  readonly terminal: boolean;
  readonly now: () => number;
}

/** 100 ms: people see no more changes than that. */
const REDRAW_MS = 100;

/** A line for each connection as it ends; on a terminal a bar below them, until `close`. */
export function makeBulkView({
  output,
  format,
  terminal,
  now,
}: BulkViewOptions): BulkEvents & { readonly close: () => void } {
  const beganMs = now();
  let latest: Tally | null = null;
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    timer = undefined;
    if (latest !== null) output.live(bulkLine(latest, now() - beganMs));
  };
  return {
    ended: (description) => {
      if (format === 'json') output.json(description);
      else output.line(summaryLine(description, now()));
    },
    refused: ({ connectionId, code, message }) => {
      if (format === 'json') output.json({ connectionId, state: 'refused', error: { code, message } });
      else output.line(`${connectionId}  refused: ${message}`);
    },
    begun: ({ connectionId, runId, disposition }) => {
      if (format === 'json') output.json({ connectionId, runId, disposition });
      else output.line(`${connectionId}  ${disposition}: run ${runId}`);
    },
    changed: (tally) => {
      if (!terminal) return;
      latest = tally;
      // The last change of a burst is drawn as well, when its time has come.
      timer ??= setTimeout(draw, REDRAW_MS);
    },
    close: () => {
      clearTimeout(timer);
      latest = null;
      output.endLive();
    },
  };
}
