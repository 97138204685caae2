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
