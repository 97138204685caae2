import { makeLiveView, makePlainView, type ProgressLine } from '../../../../src/dev/demo/progress-view';
import { makeColorize } from '../../../../src/dev/demo/report';

const aScreen = (columns = 60) => {
  let written = '';
  return { columns, write: (text: string) => (written += text), take: () => [written, (written = '')][0] };
};
const line = (over: Partial<ProgressLine> = {}): ProgressLine => ({
  connection: 'healthy',
  state: 'running',
  text: 'waiting',
  seconds: 1.24,
  ...over,
});

test('a log gets a line for each change, and none for time that passes', () => {
  const screen = aScreen();
  const view = makePlainView(screen);
  view.show([line(), line({ connection: 'slow' })]);
  expect(screen.take()).toBe('   1.2 s  healthy        waiting\n   1.2 s  slow           waiting\n');
  view.show([line({ seconds: 2 }), line({ connection: 'slow', text: 'ended', seconds: 2 })]);
  expect(screen.take()).toBe('   2.0 s  slow           ended\n');
});

test('a terminal is drawn over in place, each line within its width', () => {
  const screen = aScreen(30);
  const view = makeLiveView(screen);
  view.show([line(), line({ connection: 'slow' })]);
  expect(screen.take()).not.toMatch(/\u001b\[\d+A/);
  view.show([line({ text: 'a text that is longer than the line' }), line({ state: 'ended' })]);
  const drawn = screen.take() ?? '';
  expect(drawn.startsWith('\u001b[2A\u001b[2K')).toBe(true);
  const lines = drawn
    .replaceAll(/\u001b\[\d+[AK]/g, '')
    .trimEnd()
    .split('\n');
  expect(lines).toHaveLength(2);
  for (const text of lines) expect(text.length).toBeLessThan(30);
  expect(lines[1]).toMatch(/^● /);
});

test.each([
  ['a terminal', { isTTY: true }, {}, '\u001b[32m✓\u001b[39m ok'],
  ['a terminal whose owner wants no colours', { isTTY: true }, { NO_COLOR: '1' }, '✓ ok'],
  ['a file', {}, {}, '✓ ok'],
])('%s gets the colours that suit it', (_what, output, env, expected) => {
  expect(makeColorize(output, env)('✓ ok')).toBe(expected);
});
