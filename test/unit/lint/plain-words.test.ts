import { execFileSync } from 'node:child_process';
import path from 'node:path';

const ROOT = path.join(__dirname, '../../..');

/** Words that English-speaking engineers do not use, and names that were given up. In halves: this file is searched too. */
const BANNED = [
  ['me', 'nd'],
  ['me', 'nds'],
  ['me', 'nded'],
  ['me', 'nding'],
  ['an', 'ew'],
  ['who', 'ever'],
  ['together', 'ness'],
  ['ail', 'ment'],
  ['pur', 'suit'],
  ['done', 'Well'],
  ['beyond', 'Reach'],
].map((halves) => halves.join(''));

const SEARCHED = ['README.md', 'src', 'test', 'docs', 'bench', 'examples', 'scripts', 'deploy'];

/** Exit code 1 is git's word for "no match". */
function linesWith(words: string): string {
  try {
    return execFileSync('git', ['grep', '-nwiE', `(${words})`, '--', ...SEARCHED], {
      cwd: ROOT,
      encoding: 'utf8',
    });
  } catch (error) {
    if (Reflect.get(Object(error), 'status') === 1) return '';
    throw error;
  }
}

test('uses the words that other tools use, so that nobody has to guess what is meant', () => {
  expect(linesWith(BANNED.join('|'))).toBe('');
});

test('would find a banned word, because it finds one that is there', () => {
  expect(linesWith('refreshes')).not.toBe('');
});
