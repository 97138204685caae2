import { reasonOf } from '../../lib/reason-of';

/** What one check found. `note`: nothing is wrong, but something may be missing for what is planned. */
export interface CheckResult {
  readonly about: string;
  readonly verdict: 'ok' | 'note' | 'wrong';
  /** What is the case; unless it is ok, how to fix it. */
  readonly text: string;
}

type Finding = (about: string, text: string) => CheckResult;

export const ok: Finding = (about, text) => ({ about, verdict: 'ok', text });
export const note: Finding = (about, text) => ({ about, verdict: 'note', text });
export const wrong: Finding = (about, text) => ({ about, verdict: 'wrong', text });

/** What the check finds; an error is what is wrong. Never throws. */
export async function check<T extends CheckResult | readonly CheckResult[]>(
  about: string,
  ask: () => T | Promise<T>,
  /** Goes on with the reason. */
  wrongly = (why: string): string => why,
): Promise<T | CheckResult> {
  try {
    return await ask();
  } catch (error) {
    return wrong(about, wrongly(reasonOf(error)));
  }
}

/** The result in lines that can be read, and searched, by the verdict. */
export function checkLines({ about, verdict, text }: CheckResult): readonly string[] {
  const [first = '', ...rest] = text.split('\n');
  return [`${verdict.padEnd(5)}  ${about}: ${first}`, ...rest.map((line) => `       ${line}`)];
}
