import type { ExitCode } from '../exit-codes';

/** One thing that was looked at. `note`: nothing is wrong, and something may be missing for what is planned. */
export interface Finding {
  readonly about: string;
  readonly verdict: 'ok' | 'note' | 'wrong';
  /** What is the case; unless it is ok, how to mend it. */
  readonly text: string;
  /** What the program exits with when it is wrong. */
  readonly code: ExitCode;
}

/** The finding in lines that can be read, and searched, by the verdict. */
export function findingLines({ about, verdict, text }: Finding): readonly string[] {
  const [first = '', ...rest] = text.split('\n');
  return [`${verdict.padEnd(5)}  ${about}: ${first}`, ...rest.map((line) => `       ${line}`)];
}
