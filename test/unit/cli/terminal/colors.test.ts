import { makePaint } from '../../../../src/cli/terminal/colors';

test('a state has a colour in its column or before a colon, on terminals that show colours', () => {
  const paint = (env: NodeJS.ProcessEnv, isTTY = true) =>
    makePaint({ isTTY, write: () => undefined }, env)('con-1  refreshed: it failed');
  expect(paint({})).toBe('con-1  \u001b[32mrefreshed\u001b[39m: it failed');
  for (const plain of [paint({ NO_COLOR: '1' }), paint({ TERM: 'dumb' }), paint({}, false)]) {
    expect(plain).toBe('con-1  refreshed: it failed');
  }
});
