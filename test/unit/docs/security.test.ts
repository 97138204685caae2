import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '../../..');
const PAGE = readFileSync(path.join(ROOT, 'docs/security.md'), 'utf8');

/** The tests that the last column of the tables names. */
const named = [...PAGE.matchAll(/`(test\/[\w/.-]+\.test\.ts)`: (.+?)(?= · | *\|$)/gm)].map(
  ([, file = '', title = '']) => [file, title.trim()] as const,
);

test.each(named)('%s has the test: %s', (file, title) => {
  const source = readFileSync(path.join(ROOT, file), 'utf8').replaceAll("\\'", "'");
  expect([`'${title}'`, `"${title}"`, `\`${title}\``].some((literal) => source.includes(literal))).toBe(true);
});

test('every one of the ten risks, and every chapter that applies, names a test that holds it', () => {
  const rows = PAGE.split('\n').filter((line) => /^\| (API\d|V\d)/.test(line));
  expect(rows.filter((row) => !row.includes('.test.ts`: '))).toEqual([]);
  const risks = new Set(rows.flatMap((row) => /^\| API(\d+)/.exec(row)?.[1] ?? []));
  expect([...risks].map(Number).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});
