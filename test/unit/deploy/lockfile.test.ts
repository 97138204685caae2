import { readFileSync } from 'node:fs';

interface LockedPackage {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly resolved?: string;
}

const lock: { packages: Record<string, LockedPackage> } = JSON.parse(
  readFileSync('package-lock.json', 'utf8'),
);
const paths = Object.keys(lock.packages);

test('holds the optional packages of every platform: `npm ci` refuses a lockfile without them', () => {
  const named = Object.values(lock.packages).flatMap((locked) =>
    Object.keys(locked.optionalDependencies ?? {}),
  );
  const missing = named.filter((name) => !paths.some((path) => path.endsWith(`node_modules/${name}`)));
  expect(missing).toEqual([]);
});

test('names no registry, so that each machine uses its own', () => {
  expect(paths.filter((path) => lock.packages[path]?.resolved !== undefined)).toEqual([]);
});
