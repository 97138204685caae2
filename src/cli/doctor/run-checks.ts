import { DEFAULT_POLICY } from '../../client';
import { loadConfig } from '../../config';
import type { Config } from '../../config';
import { durationMs } from '../../refresh/model/duration';
import { EXIT, worst } from '../exit/exit-codes';
import type { ExitCode } from '../exit/exit-codes';
import { checkClock } from './check-clock';
import { checkMeld } from './check-meld';
import { check, note, ok } from './check-result';
import type { CheckResult } from './check-result';
import { checkTemporalSide } from './check-temporal-side';
import { checkSignature, checkWebhookUrl } from './check-webhooks';

interface Report {
  readonly results: readonly CheckResult[];
  /** The highest of those that belong to the checks that failed. */
  readonly exitCode: ExitCode;
}

/** Checks everything that refreshes depend on. Never throws. */
export async function runChecks(env: NodeJS.ProcessEnv): Promise<Report> {
  const loaded: Config[] = [];
  const configuration = await check('configuration', () => {
    loaded.push(loadConfig(env));
    return ok('configuration', 'every variable that is set can be read');
  });
  const [config] = loaded;
  const checks: readonly (readonly [ExitCode, readonly CheckResult[]])[] = [
    [EXIT.usage, [configuration]],
    // Temporal is configured apart from the rest: it can be checked in any case.
    [EXIT.unavailable, await checkTemporalSide(env, config?.temporal.taskQueue ?? null)],
    [EXIT.unavailable, config === undefined ? [] : await checkMeldSide(config)],
    [EXIT.usage, config === undefined ? [] : [checkWebhookUrl(config.webhooks)]],
    [EXIT.bug, [checkSignature()]],
  ];
  const failed = checks.filter(([, results]) => results.some(({ verdict }) => verdict === 'wrong'));
  return { results: checks.flatMap(([, results]) => results), exitCode: worst(failed.map(([code]) => code)) };
}

async function checkMeldSide({ meld, policy }: Config): Promise<readonly CheckResult[]> {
  if (meld === null) {
    const needs = 'MELD_API_KEY with MELD_ENVIRONMENT or MELD_BASE_URL';
    return [note('Meld', `no key. Worker, server and repair need ${needs}`)];
  }
  const toleranceMs = durationMs(policy.clockTolerance ?? DEFAULT_POLICY.clockTolerance) ?? 0;
  return [await checkMeld(meld), await checkClock(meld, toleranceMs)];
}
