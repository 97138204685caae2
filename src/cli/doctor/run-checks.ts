import { DEFAULT_POLICY } from '../../client';
import { loadConfig } from '../../config';
import { durationMs } from '../../refresh/model/duration';
import { EXIT, worst } from '../exit/exit-codes';
import type { ExitCode } from '../exit/exit-codes';
import { checkClock } from './check-clock';
import { checkMeld } from './check-meld';
import { ok, wrong } from './check-result';
import type { CheckResult } from './check-result';
import { checkTemporalSide } from './check-temporal-side';
import { checkSignature, checkWebhookUrl } from './check-webhooks';
import { tryTo } from './try-to';

interface Report {
  readonly results: readonly CheckResult[];
  /** The highest of those that belong to the checks that failed. */
  readonly exitCode: ExitCode;
}

/** Checks everything that refreshes depend on. Never throws. */
export async function runChecks(env: NodeJS.ProcessEnv): Promise<Report> {
  const about = 'configuration';
  const loaded = await tryTo(() => loadConfig(env));
  // Temporal is configured apart from the rest: it can be checked in any case.
  if (!loaded.done) {
    return report([
      [EXIT.usage, [wrong(about, loaded.why)]],
      [EXIT.unavailable, await checkTemporalSide(env, null)],
      [EXIT.bug, [checkSignature()]],
    ]);
  }
  const { meld, policy, webhooks, temporal } = loaded.value;
  const toleranceMs = durationMs(policy.clockTolerance ?? DEFAULT_POLICY.clockTolerance) ?? 0;
  return report([
    [EXIT.usage, [ok(about, 'every variable that is set can be read')]],
    [EXIT.unavailable, await checkTemporalSide(env, temporal.taskQueue)],
    [EXIT.unavailable, [await checkMeld(meld)]],
    [EXIT.unavailable, meld === null ? [] : [await checkClock(meld, toleranceMs)]],
    [EXIT.usage, [checkWebhookUrl(webhooks)]],
    [EXIT.bug, [checkSignature()]],
  ]);
}

function report(checks: readonly (readonly [ExitCode, readonly CheckResult[]])[]): Report {
  const failed = checks.filter(([, results]) => results.some(({ verdict }) => verdict === 'wrong'));
  return { results: checks.flatMap(([, results]) => results), exitCode: worst(failed.map(([code]) => code)) };
}
