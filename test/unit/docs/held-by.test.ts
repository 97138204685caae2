import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '../../..');
const page = (name: string) => readFileSync(path.join(ROOT, 'docs', name), 'utf8');

/** The tests that the last column of the tables names. */
const named = ['security.md', 'reliability.md'].flatMap((name) =>
  [...page(name).matchAll(/`(test\/[\w/.-]+\.test\.ts)`: (.+?)(?= · | *\|$)/gm)].map(
    ([, file = '', title = '']) => [file, title.trim()] as const,
  ),
);

test('both pages name the tests that hold what they say', () => {
  expect(named.length).toBeGreaterThan(50);
});

test.each(named)('%s has the test: %s', (file, title) => {
  const source = readFileSync(path.join(ROOT, file), 'utf8').replaceAll("\\'", "'");
  expect([`'${title}'`, `"${title}"`, `\`${title}\``].some((literal) => source.includes(literal))).toBe(true);
});

test('every one of the ten risks, and every chapter that applies, names a test that holds it', () => {
  const rows = page('security.md')
    .split('\n')
    .filter((line) => /^\| (API\d|V\d)/.test(line));
  expect(rows.filter((row) => !row.includes('.test.ts`: '))).toEqual([]);
  const risks = new Set(rows.flatMap((row) => /^\| API(\d+)/.exec(row)?.[1] ?? []));
  expect([...risks].map(Number).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('every guarantee names a test that holds it', () => {
  const [, guarantees = ''] = /## Guarantees\n([^#]+)/.exec(page('reliability.md')) ?? [];
  const rows = guarantees.split('\n').filter((line) => line.startsWith('|'));
  expect(rows.slice(2).length).toBeGreaterThan(5);
  expect(rows.slice(2).filter((row) => !row.includes('.test.ts`: '))).toEqual([]);
});
