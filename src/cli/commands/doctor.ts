import type { Command } from 'commander';
import { DEFAULT_POLICY } from '../../client';
import { loadConfig, type Config } from '../../config';
import { durationMs } from '../../refresh/model/duration';
import type { CliContext } from '../cli-context';
import { checkClock, checkMeld } from '../doctor/check-meld';
import { check, checkLines, note, ok, type CheckResult } from '../doctor/check-result';
import { checkTemporalSide } from '../doctor/check-temporal-side';
import { checkSignature, checkWebhookUrl } from '../doctor/check-webhooks';
import { EXIT, worst, type ExitCode } from '../exit/exit-codes';

export function addDoctor(program: Command, { io, output, exitWith }: CliContext): void {
  program
    .command('doctor')
    .description('check everything refreshes depend on, and say how to fix what is wrong')
    .action(async () => {
      const failed: ExitCode[] = [];
      for (const [code, results] of await checkAll(io.env)) {
        for (const line of results.flatMap(checkLines)) output.line(line);
        if (results.some(({ verdict }) => verdict === 'wrong')) failed.push(code);
      }
      exitWith(worst(failed));
    });
}

/** What was checked, with what the program exits with when something is wrong there. */
async function checkAll(
  env: NodeJS.ProcessEnv,
): Promise<readonly (readonly [ExitCode, readonly CheckResult[]])[]> {
  const loaded: Config[] = [];
  const configuration = await check('configuration', () => {
    loaded.push(loadConfig(env));
    return ok('every variable that is set can be read');
  });
  const [config] = loaded;
  return [
    [EXIT.usage, [configuration]],
    // Temporal is configured apart from the rest: it can be checked in any case.
    [EXIT.unavailable, await checkTemporalSide(env, config?.temporal.taskQueue ?? null)],
    [EXIT.unavailable, config === undefined ? [] : await checkMeldSide(config)],
    [EXIT.usage, config === undefined ? [] : [await checkWebhookUrl(config.webhooks)]],
    [EXIT.bug, [await checkSignature()]],
  ];
}

async function checkMeldSide({ meld, policy }: Config): Promise<readonly CheckResult[]> {
  const needs = 'MELD_API_KEY with MELD_ENVIRONMENT or MELD_BASE_URL';
  if (meld === null)
    return [await check('Meld', () => note(`no key. Worker, server and repair need ${needs}`))];
  const toleranceMs = durationMs(policy.clockTolerance ?? DEFAULT_POLICY.clockTolerance) ?? 0;
  return [await checkMeld(meld), await checkClock(meld, toleranceMs)];
}
