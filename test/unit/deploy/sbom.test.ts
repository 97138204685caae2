import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const ROOT = path.join(__dirname, '../../..');
const versions = z.record(z.string(), z.string());
const manifest = z
  .object({ scripts: versions, dependencies: versions, devDependencies: versions })
  .parse(JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')));
const lock = z
  .object({ packages: z.record(z.string(), z.object({ version: z.string().optional() })) })
  .parse(JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')));
const sbom = z.object({
  bomFormat: z.literal('CycloneDX'),
  components: z.array(z.object({ name: z.string(), version: z.string() })),
});

test('the SBOM names every direct dependency with its locked version', () => {
  const text = execFileSync('npm', ['run', '--silent', 'sbom'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const { components } = sbom.parse(JSON.parse(text));
  const listed = new Set(components.map(({ name, version }) => `${name}@${version}`));
  const direct = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).map(
    (name) => `${name}@${lock.packages[`node_modules/${name}`]?.version}`,
  );
  expect(direct.length).toBeGreaterThan(20);
  expect(direct.filter((dependency) => !listed.has(dependency))).toEqual([]);
});

/** `1.2.3` as a number that compares; no part of a version reaches a thousand. */
const rank = (version: string): number =>
  version.split('.').reduce((sum, part) => sum * 1_000 + Number.parseInt(part, 10), 0);
const majorOf = (version: string): string => version.split('.')[0] ?? '';

test('every flaw that the security page knows of is fixed in each locked version', () => {
  const page = readFileSync(path.join(ROOT, 'docs/security.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([\w@/-]+)` +\|.*CVE-.*\| ([\d., ]+?) *\|$/gm)];
  expect(rows.length).toBeGreaterThan(3);
  for (const [, name = '', fixes = ''] of rows) {
    const locked = Object.entries(lock.packages).flatMap(([where, { version }]) =>
      where.endsWith(`node_modules/${name}`) && version !== undefined ? [version] : [],
    );
    expect(locked).not.toEqual([]);
    for (const version of locked) {
      // A later major than any that was fixed came after the fix.
      const fix = fixes.split(', ').find((fixed) => majorOf(fixed) === majorOf(version));
      const least = fix ?? fixes.split(', ').at(-1) ?? '';
      expect([name, version, rank(version) >= rank(least)]).toEqual([name, version, true]);
    }
  }
});
