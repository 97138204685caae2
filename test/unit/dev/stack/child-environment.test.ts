import { sharedEnvironment, inheritedEnv } from '../../../../src/dev/stack/child-environment';

test('what configures this product does not leak in from the surroundings', () => {
  const env = {
    PATH: '/bin',
    HTTPS_PROXY: 'http://proxy',
    HOSTNAME: 'here',
    MELD_API_KEY: 'real',
    TEMPORAL_ADDRESS: 'elsewhere:7233',
    SIMULATOR_SEED: '9',
    OUTCOME_WEBHOOK_URL: 'http://elsewhere',
    API_KEYS: 'k',
    HOST: '0.0.0.0',
    PORT: '80',
    REFRESH_POLICY: '{}',
    LOG_LEVEL: 'trace',
    METRICS_ADDRESS: '0.0.0.0:1',
    API_RATE_LIMIT: '1',
    PAYLOAD_KEYS: 'k:1',
    CODEC_CORS_ORIGIN: 'http://elsewhere',
  };
  expect(inheritedEnv(env)).toEqual({ PATH: '/bin', HTTPS_PROXY: 'http://proxy', HOSTNAME: 'here' });
});

test('worker and server are pointed at the Temporal of the stack, and at no profile of the home folder', () => {
  const env = sharedEnvironment({
    temporal: { address: '127.0.0.1:1', namespace: 'default' },
    policy: { settle: '1s' },
    logLevel: 'warn',
    folder: '/somewhere',
  });
  expect(env).toEqual({
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_CONFIG_FILE: '/somewhere/no-temporal-profile.toml',
    LOG_LEVEL: 'warn',
    REFRESH_POLICY: '{"settle":"1s"}',
  });
});
