import { optionsFromEnvironment } from '../../../src/simulator/environment';

test('nothing set: loopback, port 4010, and the simulator’s own defaults', () => {
  expect(optionsFromEnvironment({})).toEqual({ host: '127.0.0.1', port: 4010 });
});

test('everything set, the first secret signs', () => {
  expect(
    optionsFromEnvironment({
      HOST: '0.0.0.0',
      PORT: '0',
      MELD_API_KEY: 'key',
      MELD_WEBHOOK_URL: 'http://127.0.0.1:3000/webhooks/meld',
      MELD_WEBHOOK_SECRETS: 'new, old',
      SIMULATOR_TIME_SCALE: '0.001',
      SIMULATOR_SEED: '7',
    }),
  ).toEqual({
    host: '0.0.0.0',
    port: 0,
    apiKey: 'key',
    webhookUrl: 'http://127.0.0.1:3000/webhooks/meld',
    webhookSecret: 'new',
    timeScale: 0.001,
    seed: 7,
  });
});

test('an empty variable counts as absent', () => {
  expect(optionsFromEnvironment({ MELD_WEBHOOK_URL: '', PORT: '' })).toEqual({
    host: '127.0.0.1',
    port: 4010,
  });
});

test.each(['0x1F90', '1e3', ' 80', '65536'])('takes no port %p: decimal digits only', (PORT) => {
  expect(() => optionsFromEnvironment({ PORT })).toThrow('PORT: expected a port, 0 to 65535.');
});

test.each(['1e-2', '0x1', ' 1', '0', '11'])('takes no factor %p', (SIMULATOR_TIME_SCALE) => {
  expect(() => optionsFromEnvironment({ SIMULATOR_TIME_SCALE })).toThrow(
    'SIMULATOR_TIME_SCALE: expected a factor above 0, at most 10.',
  );
});

test('one message names every wrong variable, and repeats no value', () => {
  const wrong = {
    PORT: 'eighty',
    MELD_WEBHOOK_URL: 'nowhere',
    MELD_WEBHOOK_SECRETS: ',canary',
    SIMULATOR_SEED: '-1',
  };
  expect(() => optionsFromEnvironment(wrong)).toThrow(
    'The simulator cannot start. PORT: expected a port, 0 to 65535; MELD_WEBHOOK_URL: expected an http or https URL; ' +
      'MELD_WEBHOOK_SECRETS: expected secrets separated by commas, the signing one first; SIMULATOR_SEED: expected a whole number.',
  );
});
