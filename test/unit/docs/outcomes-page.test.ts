import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ESCALATIONS, OUTCOMES } from '../../../src/refresh/model/outcome';
import { scenarioParams } from '../../../src/simulator/scenarios/plan';
import { SCENARIO_NAMES } from '../../../src/simulator/scenarios/scenarios';
import { REPOSITORY } from './code-blocks';

/** The names in the first cells of the table below a heading, and whether every cell of it says something. */
function table(page: string, heading: string): { readonly names: string[]; readonly isFull: boolean } {
  const text = readFileSync(path.join(REPOSITORY, 'docs', page), 'utf8');
  const section = text.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return {
    names: rows.flatMap(([name = '']) => name.replaceAll('`', '').split(', ')),
    isFull: rows.every((cells) => cells.length >= 2 && !cells.includes('')),
  };
}

test.each([
  ['outcomes.md', 'Outcomes', OUTCOMES],
  ['outcomes.md', 'Reasons to escalate', ESCALATIONS],
  ['operations.md', 'When refreshes escalate', ESCALATIONS],
  ['simulator.md', 'Scenarios', SCENARIO_NAMES],
  ['simulator.md', 'Parameters', Object.keys(scenarioParams.shape)],
])('%s, %s: explains each that the code has, and no other', (page, heading, known) => {
  const { names, isFull } = table(page, heading);
  expect(names.sort()).toEqual([...known].sort());
  expect(isFull).toBe(true);
});
