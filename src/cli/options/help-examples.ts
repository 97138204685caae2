/** A part of a command's help: what to type, line by line. */
export function examples(...commands: readonly string[]): string {
  return `\nExamples:\n${commands.map((command) => `  meld-refresh ${command}`).join('\n')}`;
}
