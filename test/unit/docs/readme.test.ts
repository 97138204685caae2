import { readFileSync } from 'node:fs';
import path from 'node:path';
import { VARIABLES } from '../../../src/config/variables';
import { ESCALATIONS, OUTCOMES } from '../../../src/refresh/model/outcome';
import { DEFAULT_POLICY } from '../../../src/refresh/model/policy';

const read = (file: string): string => readFileSync(path.join(__dirname, '../../..', file), 'utf8');

/** The first cells of the table below a heading. */
function table(text: string, heading: string): (readonly string[])[] {
  const section = text.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test('the README names every outcome, in the order of the code', () => {
  expect(table(read('README.md'), 'Outcomes').map(([name]) => name)).toEqual(
    OUTCOMES.map((name) => `\`${name}\``),
  );
});

test('the configuration page names every variable that is read, and no other', () => {
  const named = table(read('docs/configuration.md'), 'Variables').map(
    ([name]) => name?.replaceAll('`', '') ?? '',
  );
  const others = ['REFRESH_POLICY', 'TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY …'];
  expect(named.sort()).toEqual([...Object.keys(VARIABLES), ...others].sort());
});

test('the policy table shows the defaults of the code', () => {
  const shown = table(read('docs/architecture.md'), 'Policy').map(([field, value]) => [
    field?.replaceAll('`', ''),
    JSON.parse(value?.replaceAll('`', '') ?? '') as unknown,
  ]);
  expect(Object.fromEntries(shown)).toEqual(DEFAULT_POLICY);
});

test('the architecture page names the reasons to escalate that its table leads to', () => {
  const text = read('docs/architecture.md');
  const reasons = ['no_fresh_data', 'access_denied', 'request_rejected', 'meld_unavailable'] as const;
  for (const reason of reasons) expect(text).toContain(reason);
  expect(ESCALATIONS).toEqual(expect.arrayContaining(reasons.slice()));
});

test('every file that the README links to is there', () => {
  const links = [...read('README.md').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, file]) => file ?? '');
  expect(links.length).toBeGreaterThan(3);
  for (const link of links) expect(() => read(link)).not.toThrow();
});
