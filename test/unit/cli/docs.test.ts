import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { EXIT_MEANINGS, REFUSALS } from '../../../src/cli/exit/exit-codes';
import { makeProgram } from '../../../src/cli/program';
import { REQUIRED_SEARCH_ATTRIBUTES } from '../../../src/temporal/check-temporal';
import { aContext } from './support/a-context';

const page = readFileSync(path.join(__dirname, '../../../docs/cli.md'), 'utf8');

const program = makeProgram(aContext());

/** The rows of the tables below a heading. */
function rows(heading: string): readonly (readonly string[])[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  );
}

const optionRows = (command: Command): readonly (readonly string[])[] =>
  command.options.map((option) => [`\`${option.flags}\``, command.createHelp().optionDescription(option)]);

test.each(program.commands.map((command) => [command.name(), command] as const))(
  'the page has the options of %s as its help tells them',
  (name, command) => {
    if (command.options.length > 0) expect(rows(name)).toEqual(optionRows(command));
    expect(page).toContain(`meld-refresh ${name}`.replace(/ (server|simulator)$/, ''));
  },
);

test('the page and the help topic have the exit codes of the program', () => {
  expect(rows('Exit codes')).toEqual(Object.entries(EXIT_MEANINGS).map(([code, meaning]) => [code, meaning]));
  for (const meaning of Object.values(EXIT_MEANINGS)) {
    expect(helpOf(program.commands.find((command) => command.name() === 'exit-codes')!)).toContain(meaning);
  }
});

test('the page has the options that every command takes', () => {
  expect(rows('Options of every command')).toEqual(optionRows(program).slice(1));
});

test('the page says why a connection of a bulk may get no run', () => {
  const words = page.replaceAll(/\s+/g, ' ');
  for (const [refusal, why] of Object.entries(REFUSALS)) expect(words).toContain(`\`${refusal}\` (${why})`);
});

test('the page has the search attributes that refreshes write', () => {
  expect(rows('setup')).toEqual([...REQUIRED_SEARCH_ATTRIBUTES].map(([name, type]) => [`\`${name}\``, type]));
});

/** As it is printed, with the texts added before and after. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (more) => void (text += more) });
  command.outputHelp();
  return text;
}
