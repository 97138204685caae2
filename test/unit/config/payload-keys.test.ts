import { inspect } from 'node:util';
import fc from 'fast-check';
import { ConfigError, loadConfig } from '../../../src/config';

const BASE64 = Buffer.alloc(32, 'canary').toString('base64');
const OTHER = Buffer.alloc(32, 'other').toString('base64');

function complaintOf(env: NodeJS.ProcessEnv): string {
  try {
    loadConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('the configuration was accepted');
}

test('keys are read in their order, and the logger is told to mask them', () => {
  const { payloadKeys, secrets } = loadConfig({ PAYLOAD_KEYS: `new.1:${BASE64}, old_2-x:${OTHER}` });
  expect(payloadKeys.map(({ id, key }) => [id, key.export().toString('base64')])).toEqual([
    ['new.1', BASE64],
    ['old_2-x', OTHER],
  ]);
  expect(secrets).toEqual([BASE64, OTHER]);
});

test('a key does not show when the configuration is printed', () => {
  const { payloadKeys } = loadConfig({ PAYLOAD_KEYS: `k:${BASE64}` });
  const printed = `${JSON.stringify(payloadKeys)} ${inspect(payloadKeys, { depth: 9, showHidden: true })}`;
  expect(printed).toContain('"k"');
  expect(printed).not.toMatch(/canary/);
  expect(printed).not.toContain(BASE64);
});

test.each([
  ['a key without an id', BASE64],
  ['an empty id', `:${BASE64}`],
  ['an id with a space', `a b:${BASE64}`],
  ['an id that is too long', `${'a'.repeat(65)}:${BASE64}`],
  ['a key that is too short', `k:${Buffer.alloc(31).toString('base64')}`],
  ['a key that is too long', `k:${Buffer.alloc(33).toString('base64')}`],
  ['a key in hex', `k:${Buffer.alloc(32, 'canary').toString('hex')}`],
  ['a key whose last digit is not quite right', `k:${BASE64.slice(0, -2)}B=`],
  ['a key without its padding', `k:${BASE64.slice(0, -1)}`],
  ['the same id twice', `k:${BASE64},k:${OTHER}`],
  ['an entry that is empty', `k:${BASE64},`],
])('%s is refused by the name of the variable, without its value', (_name, value) => {
  const message = complaintOf({ PAYLOAD_KEYS: value });
  expect(message).toContain('PAYLOAD_KEYS: expected one or more keys separated by commas, newest first');
  expect(message).not.toContain('received');
  for (const part of value.split(/[,:]/)) if (part.length > 5) expect(message).not.toContain(part);
});

test('no wrong value is repeated, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 12 }), (text) => {
      const value = `${text}:canary-${text}`;
      expect(complaintOf({ PAYLOAD_KEYS: value })).not.toContain(value);
    }),
  );
});

test('origins of a codec endpoint are read', () => {
  const env = {
    PAYLOAD_KEYS: `k:${BASE64}`,
    CODEC_CORS_ORIGIN: 'https://ui.example.com, http://localhost:8233',
  };
  expect(loadConfig(env).server.codecOrigins).toEqual(['https://ui.example.com', 'http://localhost:8233']);
});

test.each([
  '*',
  'null',
  'ui.example.com',
  'https://ui.example.com/',
  'https://ui.example.com/path',
  'file:///',
])('the origin %s is refused', (origin) => {
  expect(complaintOf({ PAYLOAD_KEYS: `k:${BASE64}`, CODEC_CORS_ORIGIN: origin })).toContain(
    'CODEC_CORS_ORIGIN: expected one or more origins',
  );
});

test('who wants the codec endpoint without keys has lost the keys, and must not go on in plain', () => {
  expect(complaintOf({ CODEC_CORS_ORIGIN: 'https://ui.example.com' })).toContain(
    'PAYLOAD_KEYS: expected a value because CODEC_CORS_ORIGIN is set',
  );
});
