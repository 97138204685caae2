import type { CliIo } from '../cli-context';
import { makePaint } from './colors';
import { fitted } from './fitted';
import { escaped, printable } from './printable';

export type Format = 'lines' | 'json';
export type Output = Readonly<ReturnType<typeof makeOutput>>;

const CLEAR_LINE = '\r\u001b[2K';
const COLUMNS = 80;

/** Answers go to standard output, everything said about them to standard error. */
export function makeOutput({ stdout, stderr, env }: Pick<CliIo, 'stdout' | 'stderr' | 'env'>) {
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
  /** Of what `live` draws on. */
  const columns = (): number =>
    stderr.columns !== undefined && stderr.columns > 0 ? stderr.columns : COLUMNS;
  /** One line of the answer. */
  const line = (text: string): void => above(() => stdout.write(`${paint(printable(text))}\n`));
  /** The same as one line of JSON. */
  const json = (value: object): void => above(() => stdout.write(`${escaped(JSON.stringify(value))}\n`));
  return {
    line,
    json,
    /** One or the other. */
    answer: (format: Format, value: object, text: string): void =>
      format === 'json' ? json(value) : line(text),
    /** For people; may have several lines. */
    note: (text: string): void =>
      above(() => stderr.write(`${text.split('\n').map(printable).join('\n')}\n`)),
    /**
     * Where things stand. On a terminal it stays the last line until `endLive`; elsewhere each change is a line.
     * @param ticking goes first, on terminals only: what changes with the clock alone
     */
    live: (raw: string, ticking = ''): void => {
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
    endLive: (): void => {
      if (shown !== '') stderr.write(CLEAR_LINE);
      shown = '';
      last = '';
    },
    /** Whether `live` draws. */
    terminal,
    columns,
  };
}
