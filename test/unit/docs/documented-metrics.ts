import { readFileSync } from 'node:fs';
import path from 'node:path';

const PAGE = path.join(__dirname, '../../../docs/operations.md');

export interface DocumentedMetric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
}

/** The metrics that the operations page lists under a heading. */
export function documentedMetrics(heading: string): readonly DocumentedMetric[] {
  const [, section = ''] = readFileSync(PAGE, 'utf8').split(`\n### ${heading}\n`);
  const rows = (section.split(/\n##+ /)[0] ?? '').matchAll(/^\| `(\w+)` +\| (\w+) +\| ([^|]*?) +\|/gm);
  return Array.from(rows, ([, name = '', type = '', labels = '']) => ({
    name,
    type,
    labels: Array.from(labels.matchAll(/`(\w+)`/g), ([, label = '']) => label),
  }));
}
