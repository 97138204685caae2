/** What is going on with one connection. */
export interface ProgressLine {
  readonly connection: string;
  readonly state: 'running' | 'ended';
  readonly text: string;
  /** Since it was asked for; of an ended one, until it ended. */
  readonly seconds: number;
}

export interface ProgressView {
  show(lines: readonly ProgressLine[]): void;
}

interface Screen {
  write(text: string): unknown;
  /** How many characters fit into a line. */
  readonly columns: number;
}

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** For a terminal: one line for each connection, redrawn in place. */
export function makeLiveView(screen: Screen): ProgressView {
  let drawn = 0;
  let frames = 0;
  return {
    show(lines) {
      frames += 1;
      const spinner = SPINNER[frames % SPINNER.length] ?? '';
      const text = lines
        .map((line) => formatLine(line, line.state === 'ended' ? '●' : spinner))
        // A wrapped line would make the count of lines wrong.
        .map((line) => `\u001b[2K${clip(line, screen.columns - 1)}\n`)
        .join('');
      screen.write(`${drawn === 0 ? '' : `\u001b[${drawn}A`}${text}`);
      drawn = lines.length;
    },
  };
}

/** For a log: a line whenever something has changed. */
export function makePlainView(screen: Pick<Screen, 'write'>): ProgressView {
  const shown = new Map<string, string>();
  return {
    show(lines) {
      for (const line of lines) {
        if (shown.get(line.connection) === line.text) continue;
        shown.set(line.connection, line.text);
        screen.write(`${formatLine(line, ' ')}\n`);
      }
    },
  };
}

function formatLine({ connection, seconds, text }: ProgressLine, mark: string): string {
  return `${mark} ${`${seconds.toFixed(1)} s`.padStart(6)}  ${connection.padEnd(14)} ${text}`;
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
