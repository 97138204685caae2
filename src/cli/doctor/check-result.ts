import { reasonOf } from '../../lib/reason-of';

/** What one check found. `note`: nothing is wrong, but something may be missing for what is planned. */
interface Finding {
  readonly verdict: 'ok' | 'note' | 'wrong';
  /** What is the case; unless it is ok, how to fix it. */
  readonly text: string;
}

export interface CheckResult extends Finding {
  readonly about: string;
}

export const ok = (text: string): Finding => ({ verdict: 'ok', text });
export const note = (text: string): Finding => ({ verdict: 'note', text });
export const wrong = (text: string): Finding => ({ verdict: 'wrong', text });

/** What the check finds; an error is what is wrong. Never throws. */
export async function check(
  about: string,
  find: () => Finding | Promise<Finding>,
  wrongly: (error: unknown) => string = reasonOf,
): Promise<CheckResult> {
  try {
    return { about, ...(await find()) };
  } catch (error) {
    return { about, ...wrong(wrongly(error)) };
  }
}

/** The result in lines that can be read, and searched, by the verdict. */
export function checkLines({ about, verdict, text }: CheckResult): readonly string[] {
  const [first = '', ...rest] = text.split('\n');
  return [`${verdict.padEnd(5)}  ${about}: ${first}`, ...rest.map((line) => `       ${line}`)];
}
