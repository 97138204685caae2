import type { Connection } from '@temporalio/client';
import { check, note, ok } from './check-result';
import type { CheckResult } from './check-result';

/** 5 s: each question is answered from the server's memory. */
export const ASK_WITHIN_MS = 5_000;
/** The server that every release of this program is tried with. */
const TESTED = [1, 32] as const;

/** Whether the Temporal server is as new as the one that this program is tried with. Never throws. */
export function checkVersion(connection: Connection): Promise<CheckResult> {
  const about = 'Temporal server';
  return check(
    about,
    async () => {
      const { serverVersion } = await connection.withDeadline(Date.now() + ASK_WITHIN_MS, () =>
        connection.workflowService.getSystemInfo({}),
      );
      const version = `version ${serverVersion || 'unknown'}`;
      const [, major = 0, minor = 0] = /^v?(\d+)\.(\d+)/.exec(serverVersion)?.map(Number) ?? [];
      const isOlder = major < TESTED[0] || (major === TESTED[0] && minor < TESTED[1]);
      const advice = `tested with ${TESTED.join('.')}. Try it out first, or upgrade`;
      return isOlder ? note(about, `${version}, ${advice}`) : ok(about, version);
    },
    (why) => `does not answer: ${why}`,
  );
}
