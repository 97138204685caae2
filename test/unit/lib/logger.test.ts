import { makeLogger } from '../../../src/lib/logger';

/** What a logger wrote, line by line. */
function written(secrets: readonly string[], log: (logger: ReturnType<typeof makeLogger>) => void): string {
  const lines: string[] = [];
  log(makeLogger({ level: 'trace', secrets, destination: { write: (line) => void lines.push(line) } }));
  return lines.join('');
}

test.each([
  ['a header', { authorization: 'canary' }],
  ['a header of a request', { req: { headers: { authorization: 'canary', 'meld-signature': 'canary' } } }],
  ['what a customer repairs with', { repair: { connectToken: 'canary', widgetUrl: 'canary' } }],
  ['a key in settings', { config: { meld: { apiKey: 'canary' } } }],
  ['one that is no text, deep inside a list', { a: { b: [{ c: { token: { value: ['canary'] } } }] } }],
])('masks %s by its name', (_name, fields) => {
  const line = written([], (logger) => logger.info(fields, 'event'));
  expect(line).toContain('[secret]');
  expect(line).not.toContain('canary');
});

test('masks by name what a child logger always says, and leaves the rest of the line as it is', () => {
  const line = written([], (logger) =>
    logger.child({ secret: 'canary' }).info({ text: '"token": "x"' }, 'event'),
  );
  expect(JSON.parse(line)).toMatchObject({ secret: '[secret]', text: '"token": "x"', msg: 'event' });
  expect(line.endsWith('}\n')).toBe(true);
});

test('masks configured secrets in messages, fields and errors alike', () => {
  const secrets = ['canary-1', 'canary-1-longer', 'can"ary\\3'];
  const line = written(secrets, (logger) => {
    logger.info({ url: 'https://a/?key=canary-1-longer' }, 'sent canary-1');
    logger.error(new Error('refused can"ary\\3'));
    logger.error({ error: new Error('refused canary-1') }, 'failed');
    logger.child({ key: 'canary-1' }).info('child');
  });
  expect(line).toContain('https://a/?key=[secret]"');
  expect(line).not.toMatch(/canary|ary\\/);
  for (const each of line.trim().split('\n')) expect(() => JSON.parse(each)).not.toThrow();
});

test('says nothing below its level', () => {
  const lines: string[] = [];
  const logger = makeLogger({ level: 'warn', destination: { write: (line) => void lines.push(line) } });
  logger.info('quiet');
  logger.warn('loud');
  expect(lines).toHaveLength(1);
});
