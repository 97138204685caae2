import { execFileSync } from 'node:child_process';
import path from 'node:path';

const ROOT = path.join(__dirname, '../../..');

/** Words that English-speaking engineers do not use, and names that were given up. */
const BANNED = 'mend|mends|mended|mending|anew|whoever|togetherness|ailment|pursuit|doneWell|beyondReach';

/** What has been swept; the rest of the tree joins as its rooms are. This file holds the list itself. */
const SWEPT = [
  'README.md',
  'docs',
  'examples',
  ...['meld', 'server', 'cli', 'config', 'config.ts', 'temporal', 'webhooks', 'logger.ts'].map(
    (room) => `src/${room}`,
  ),
  ...['meld', 'server', 'config', 'temporal', 'webhooks', 'docs'].map((room) => `test/unit/${room}`),
  ':!src/cli/refresh',
  // Quotes the code as it was when the mutants were made.
  ':!docs/mutation.md',
];

/** Exit code 1 is git's word for "no match". */
function linesWith(words: string): string {
  try {
    return execFileSync('git', ['grep', '-nwiE', `(${words})`, '--', ...SWEPT], {
      cwd: ROOT,
      encoding: 'utf8',
    });
  } catch (error) {
    if (Reflect.get(Object(error), 'status') === 1) return '';
    throw error;
  }
}

test('uses the words that other tools use, so that nobody has to guess what is meant', () => {
  expect(linesWith(BANNED)).toBe('');
});

test('would find a banned word, because it finds one that is there', () => {
  expect(linesWith('refreshes')).not.toBe('');
});
