import type { Command, Option } from 'commander';

/** A word that may stand next, and what it does. */
export type Completion = readonly [word: string, description: string];

/**
 * What the last of the words can become. Never throws.
 * @param words as typed after the program's name, the last one up to the cursor; bash makes three of `--state=ended`
 */
export function completionsOf(program: Command, words: readonly string[]): readonly Completion[] {
  const typed = words.filter((word) => word !== '=');
  const last = words.at(-1) === '=' ? '' : (typed.pop() ?? '');
  let command = program;
  let open: Option | undefined;
  for (const word of typed) {
    const named = open === undefined ? optionOf(word, command, program) : undefined;
    if (open === undefined) command = command.commands.find((one) => one.name() === word) ?? command;
    open = named?.required ? named : undefined;
  }
  const [, flag = '', given = ''] = /^(--[^=]+=)?(.*)$/.exec(last) ?? [];
  const valued = flag === '' ? open : optionOf(flag.slice(0, -1), command, program);
  // Of a list separated by commas the last one is open.
  const listed = valued?.long === '--products' ? given.slice(0, given.lastIndexOf(',') + 1) : '';
  const value = given.slice(listed.length);
  const isValue = valued !== undefined || flag !== '';
  const all = isValue ? choices(valued?.argChoices) : wordsOf(command, program, last);
  return all
    .filter(([word]) => word.startsWith(value))
    .map(([word, description]) => [flag + listed + word, description]);
}

const choices = (words: readonly string[] = []): readonly Completion[] => words.map((word) => [word, '']);

function optionOf(word: string, command: Command, program: Command): Option | undefined {
  return [...command.options, ...program.options].find(({ long, short }) => word === long || word === short);
}

function wordsOf(command: Command, program: Command, typed: string): readonly Completion[] {
  const help = command.createHelp();
  if (typed.startsWith('-')) {
    const options = [...help.visibleOptions(command), ...(command === program ? [] : program.options)];
    return options.map(({ long, short, description }) => [long ?? short ?? '', description]);
  }
  if (command.commands.length > 0)
    return help.visibleCommands(command).map((one) => [one.name(), one.description()]);
  return command.registeredArguments.flatMap(({ argChoices }) => choices(argChoices));
}
