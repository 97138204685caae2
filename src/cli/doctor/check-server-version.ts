import { note, ok } from './check-result';
import type { CheckResult } from './check-result';

/** The server that every release of this program is tried with. */
const TESTED = { major: 1, minor: 32 } as const;

/** What to say about the version of a Temporal server. Never throws. */
export function checkServerVersion(version: string): CheckResult {
  const about = 'Temporal server';
  const [, major = '', minor = ''] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  const older =
    Number(major) < TESTED.major || (Number(major) === TESTED.major && Number(minor) < TESTED.minor);
  const tested = `${TESTED.major}.${TESTED.minor}`;
  if (major === '') return note(about, `does not tell its version; tested with ${tested}`);
  return older
    ? note(about, `version ${version}, tested with ${tested}. Try it out first, or upgrade`)
    : ok(about, `version ${version}`);
}
