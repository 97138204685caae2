import { createColors } from 'picocolors';
import type { CheckResult } from './check';
import { ruledTable, type Column } from './ruled-table';

const COLUMNS: readonly Column<CheckResult>[] = [
  { title: ' ', cell: ({ differences }) => (differences.length === 0 ? '✓' : '✗') },
  { title: 'connection', cell: ({ connection }) => connection },
  { title: 'what Meld does', cell: ({ sentence }) => sentence },
  { title: 'outcome', cell: ({ outcome }) => outcome },
  { title: 'calls charged', cell: ({ charged }) => charged },
  { title: 'evidence or reason', cell: ({ grounds }) => grounds },
  { title: 'time', cell: ({ time }) => time, align: 'right' },
];

/** The table, and below it whether all is as expected or what is not. */
export function formatReport(results: readonly CheckResult[]): string {
  const wrong = results.filter(({ differences }) => differences.length > 0);
  const closing =
    wrong.length === 0
      ? [`All ${results.length} outcomes, charges and proofs are as expected.`]
      : [
          `${wrong.length} of ${results.length} are not as expected:`,
          ...wrong.map(({ connection, differences }) => `  ${connection}: ${differences.join('; ')}`),
        ];
  return [ruledTable(COLUMNS, results), '', ...closing].join('\n');
}

/** Green ticks and red crosses where colours are shown; the text as it is elsewhere (https://no-color.org). */
export function makeColorize(output: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv) {
  const { green, red, dim } = createColors(output.isTTY === true && !env['NO_COLOR']);
  return (text: string): string =>
    text
      .replaceAll('✓', green('✓'))
      .replaceAll('✗', red('✗'))
      .replaceAll(/─+/g, (rule) => dim(rule));
}
