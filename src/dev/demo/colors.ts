const COLORS = { green: 32, red: 31, dim: 2 } as const;

/** Colors marks in a text that goes to a terminal. */
export type Colorize = (text: string) => string;

/** Green ticks and red crosses where colours are shown; the text as it is elsewhere (https://no-color.org). */
export function makeColorize(output: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Colorize {
  if (output.isTTY !== true || env['NO_COLOR']) return (text) => text;
  const inColor = (color: keyof typeof COLORS) => (mark: string) =>
    `\u001b[${COLORS[color]}m${mark}\u001b[0m`;
  return (text) =>
    text.replaceAll('✓', inColor('green')).replaceAll('✗', inColor('red')).replaceAll(/─+/g, inColor('dim'));
}
