import type { CliIo } from './process-io';
import { makePaint } from './colors';
import { fitted } from './fitted';
import { escaped, printable } from './printable';

export type Format = 'lines' | 'json';

/** Answers go to standard output, everything said about them to standard error. */
export interface Output {
  /** One line of the answer. */
  readonly line: (text: string) => void;
  /** The same as one line of JSON. */
  readonly json: (value: object) => void;
  /** One or the other. */
  readonly answer: (format: Format, value: object, text: string) => void;
  /** For people; may have several lines. */
  readonly note: (text: string) => void;
  /**
   * Where things stand. On a terminal it stays the last line until `endLive`; elsewhere each change is a line.
   * @param ticking goes first, on terminals only: what changes with the clock alone
   */
  readonly live: (text: string, ticking?: string) => void;
  readonly endLive: () => void;
  /** Whether `live` draws. */
  readonly terminal: boolean;
  /** Of what `live` draws on. */
  readonly columns: () => number;
}

const CLEAR_LINE = '\r\u001b[2K';
const COLUMNS = 80;

export function makeOutput({ stdout, stderr, env }: Pick<CliIo, 'stdout' | 'stderr' | 'env'>): Output {
  const columns = (): number =>
    stderr.columns !== undefined && stderr.columns > 0 ? stderr.columns : COLUMNS;
  const terminal = stderr.isTTY === true && env['TERM'] !== 'dumb';
  const paint = makePaint(stdout, env);
  let shown = '';
  let last = '';

  const draw = (): void => {
    if (shown !== '') stderr.write(CLEAR_LINE + shown);
  };
  const above = (write: () => void): void => {
    if (shown !== '') stderr.write(CLEAR_LINE);
    write();
    draw();
  };
  const line: Output['line'] = (text) => above(() => stdout.write(`${paint(printable(text))}\n`));
  const json: Output['json'] = (value) => above(() => stdout.write(`${escaped(JSON.stringify(value))}\n`));
  return {
    line,
    json,
    answer: (format, value, text) => (format === 'json' ? json(value) : line(text)),
    note: (text) => above(() => stderr.write(`${text.split('\n').map(printable).join('\n')}\n`)),
    live: (raw, ticking = '') => {
      const text = printable(raw);
      if (terminal) {
        const next = fitted(ticking + text, columns() - 1);
        if (next === shown) return;
        shown = next;
        draw();
      } else if (text !== last) {
        stderr.write(`${text}\n`);
      }
      last = text;
    },
    endLive: () => {
      if (shown !== '') stderr.write(CLEAR_LINE);
      shown = '';
      last = '';
    },
    terminal,
    columns,
  };
}
