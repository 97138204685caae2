import { completionsOf } from '../../../../src/cli/completion/completions-of';
import { COMPLETION_SCRIPTS } from '../../../../src/cli/completion/scripts';
import { makeProgram } from '../../../../src/cli/program';
import { aContext } from '../support/a-context';

const program = makeProgram(aContext());
const wordsAfter = (...words: readonly string[]) => completionsOf(program, words).map(([word]) => word);

test.each<[string, readonly string[], readonly string[]]>([
  ['a command', ['sta'], ['status']],
  ['no hidden command', ['completion'], []],
  ['an option of the program', ['--name'], ['--namespace']],
  ['an option of the command', ['status', '--r'], ['--run']],
  ['an option of the program behind the command', ['status', 'con-1', '--pro'], ['--profile']],
  ['a value of few', ['list', '--state', 'r'], ['running']],
  ['the same in one word, as zsh and fish have it', ['list', '--state=r'], ['--state=running']],
  ['the same in three words, as bash has it', ['list', '--state', '=', 'r'], ['running']],
  ['the same with nothing typed of it', ['spend', '--by', '='], ['provider', 'customer', 'day']],
  ['what may be waited for', ['refresh', '--on-rate-limit', ''], ['wait', 'return']],
  ['what may be returned for', ['refresh', '--on-repair', 'r'], ['return']],
  ['a priority', ['refresh', '--priority='], ['--priority=interactive', '--priority=bulk']],
  ['an outcome', ['list', '--outcome', 'not_'], ['not_refreshable', 'not_found']],
  ['a product', ['refresh', '--products', 'B'], ['BALANCES']],
  ['nothing more of what is no list', ['list', '--state', 'running,e'], []],
  ['one more product', ['refresh', '--products', 'BALANCES,T'], ['BALANCES,TRANSACTIONS']],
  ['the same in one word', ['refresh', '--products=OWNERS,B'], ['--products=OWNERS,BALANCES']],
  ['no value of any kind', ['list', '--customer', ''], []],
  ['no value of an option that nobody knows', ['list', '--colour='], []],
  ['no command in place of a value', ['--address', 'refresh'], []],
  ['what follows a flag without a value', ['list', '--json', '--li'], ['--limit']],
  ['what follows a value', ['--address', 'here:7233', 'canc'], ['cancel']],
  ['a value that is called as a command is none', ['--namespace', 'list', 'sp'], ['spend']],
  ['an argument of few', ['complete', 'f'], ['fish']],
  ['no id', ['status', ''], []],
])('completes %s', (_name, words, completions) => expect(wordsAfter(...words)).toEqual(completions));

test('completes with nothing typed to every command that the help has', () => {
  for (const words of [[], ['']]) {
    expect(wordsAfter(...words)).toEqual(expect.arrayContaining(['refresh', 'worker', 'complete', 'help']));
  }
});

test('tells what each word does', () => {
  expect(completionsOf(program, ['list', '--li'])).toEqual([['--limit', 'maximum number to list']]);
});

test('no script evaluates a word', () => {
  expect(Object.values(COMPLETION_SCRIPTS).join('')).not.toMatch(/\beval\b|compgen -W/);
});

test('writes a word a line, with what it does behind a tab where that is said', async () => {
  const context = aContext();
  let written = '';
  const stdout = { write: (text: string) => void (written += text) };
  const complete = (...words: readonly string[]) =>
    makeProgram({ ...context, io: { ...context.io, stdout } }).parseAsync(['completions', '--', ...words], {
      from: 'user',
    });
  await complete('refresh', '--on-repair', 'r');
  await complete('list', '--li');
  expect(written).toBe('return\n--limit\tmaximum number to list\n');
});
