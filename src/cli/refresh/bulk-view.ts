import { bulkLine } from '../format/bulk';
import { summaryLine } from '../format/description';
import type { Output } from '../output';
import type { BulkEvents } from './bulk';

export interface BulkViewOptions {
  readonly output: Output;
  readonly format: 'lines' | 'json';
  readonly terminal: boolean;
  readonly now: () => number;
}

/** 100 ms: people see no more changes than that. */
const REDRAW_MS = 100;

/** A line for each connection as it ends; on a terminal a bar below them. */
export function makeBulkView({ output, format, terminal, now }: BulkViewOptions): BulkEvents {
  let drawnAtMs = -Infinity;
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
      if (!terminal || now() - drawnAtMs < REDRAW_MS) return;
      drawnAtMs = now();
      output.live(bulkLine(tally));
    },
  };
}
