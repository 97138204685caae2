import { makeOutput, type Output } from '../../../../src/cli/terminal/output';

function written(
  stderr: { readonly isTTY?: boolean; readonly columns?: number },
  env: NodeJS.ProcessEnv = {},
) {
  const all: string[] = [];
  const output: Output = makeOutput({
    stdout: { write: (text) => all.push(`out ${text}`) },
    stderr: { ...stderr, write: (text) => all.push(`err ${text}`) },
    env,
  });
  return { output, all };
}

test.each([
  ['a pipe', {}, {}],
  ['a terminal that cannot', { isTTY: true }, { TERM: 'dumb' }],
])('on %s each change is one plain line, once', (_name, stderr, env) => {
  const { output, all } = written(stderr, env);
  output.live('reading', '2s  ');
  output.live('reading', '1s  ');
  output.live('calling');
  output.line('done');
  output.endLive();
  expect(all).toEqual(['err reading\n', 'err calling\n', 'out done\n']);
  // So that a bulk draws no bar there: it would be a line each second.
  expect(output.terminal).toBe(false);
});

test('on a terminal one line stays the last, other lines go above it, and in the end it is gone', () => {
  const { output, all } = written({ isTTY: true, columns: 10 });
  const clear = '\r\u001b[2K';
  output.live('reading', '23s  ');
  output.live('reading', '23s  ');
  output.line('done');
  output.endLive();
  expect(all).toEqual([
    `err ${clear}23s  rea…`,
    `err ${clear}`,
    'out done\n',
    `err ${clear}23s  rea…`,
    `err ${clear}`,
  ]);
});

test('a terminal that does not know its width is taken for one of 80 columns', () => {
  const { output, all } = written({ isTTY: true, columns: 0 });
  output.live('reading the connection');
  expect(all).toEqual(['err \r\u001b[2Kreading the connection']);
});

test('text from outside cannot steer the terminal', () => {
  const { output, all } = written({});
  output.line('First\u001b[2J Bank\nof two lines');
  output.json({ name: '\u009b2J' });
  output.note('one\ntwo');
  expect(all).toEqual(['out First?[2J Bank?of two lines\n', 'out {"name":"\\u009b2J"}\n', 'err one\ntwo\n']);
});
