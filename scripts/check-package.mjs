import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

// Packs what `npm run build` made, and has publint and attw look at the tarball as its users get it.

const bin = (name) => fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url));
const run = (file, args) =>
  execFileSync(file, args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });

const folder = mkdtempSync(path.join(tmpdir(), 'meld-refresh-package-'));
try {
  // Without scripts: `prepack` would clean away the build that other processes may be running from.
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]),
  );
  const tarball = path.join(folder, filename);
  for (const [name, ...args] of [
    ['publint', 'run', tarball, '--strict'],
    // `node10` knows no `exports`; no Node.js that runs this package resolves that way.
    ['attw', tarball, '--profile', 'node16'],
  ]) {
    process.stdout.write(run(process.execPath, [bin(name), ...args]));
  }
} catch (error) {
  process.stdout.write(error.stdout ?? `${error}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
