import { createSecretKey, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import {
  ConfigError,
  loadConfig,
  loadMeldConfig,
  loadRefreshesConfig,
  loadServerConfig,
  loadWorkerConfig,
} from '../../../src/config';
import { VARIABLES } from '../../../src/config/variables';
import { OUTCOMES } from '../../../src/refresh/model/outcome';
import { DEFAULT_POLICY } from '../../../src/refresh/model/policy';

const PAYLOAD_KEY = randomBytes(32).toString('base64');
const OUTCOME_SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const MELD = { MELD_API_KEY: 'meld-key-1', MELD_ENVIRONMENT: 'sandbox' } as const;

function complaintOf(load: () => unknown): string {
  try {
    load();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('the configuration was accepted');
}

describe('a configuration', () => {
  test('of nothing has every default, and no Meld', () => {
    expect(loadConfig({})).toEqual({
      meld: null,
      webhooks: null,
      temporal: { taskQueue: 'meld-refresh', deployment: null },
      worker: {
        callsPerSecond: null,
        readsPerSecond: null,
        maxCachedWorkflows: 2_000,
        maxActivities: 100,
        maxPollers: 100,
      },
      server: { host: '127.0.0.1', port: 8080, apiKeys: [], apiRateLimit: 600, codecOrigins: [] },
      payloadKeys: [],
      metricsAddress: null,
      healthAddress: null,
      policy: {},
      outcomeWebhook: null,
      tracing: null,
      logLevel: 'info',
      secrets: [],
    });
  });

  test('counts empty variables as unset', () => {
    const empty = Object.fromEntries([...Object.keys(VARIABLES), 'REFRESH_POLICY'].map((name) => [name, '']));
    expect(loadConfig(empty)).toEqual(loadConfig({}));
  });

  test('of everything', () => {
    expect(
      loadConfig({
        MELD_API_KEY: 'meld-key-1',
        MELD_BASE_URL: 'http://127.0.0.1:4010/',
        MELD_TIMEOUT: '30s',
        MELD_WEBHOOK_SECRETS: 'newest, older',
        MELD_WEBHOOK_URL: 'https://refresh.example.com/webhooks/meld?tenant=1',
        MELD_CALLS_PER_SECOND: '0.5',
        MELD_READS_PER_SECOND: '20',
        WORKER_MAX_CACHED_WORKFLOWS: '5000',
        WORKER_MAX_ACTIVITIES: '50',
        WORKER_MAX_POLLERS: '8',
        TEMPORAL_TASK_QUEUE: 'other',
        TEMPORAL_WORKER_DEPLOYMENT_NAME: 'refresh',
        TEMPORAL_WORKER_BUILD_ID: '2.1',
        API_KEYS: 'key-one,key-two',
        HOST: '0.0.0.0',
        PORT: '0',
        METRICS_ADDRESS: '0.0.0.0:9464',
        HEALTH_ADDRESS: '0.0.0.0:8081',
        REFRESH_POLICY: '{"maxCharges": 3, "poll": {"first": "10s"}, "providers": {}}',
        OUTCOME_WEBHOOK_URL: 'https://example.com/outcomes',
        OUTCOME_WEBHOOK_SECRET: OUTCOME_SECRET,
        API_RATE_LIMIT: '60',
        PAYLOAD_KEYS: `k1:${PAYLOAD_KEY}`,
        CODEC_CORS_ORIGIN: 'https://ui.example.com',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example.com',
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
        OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=key-of-the-collector, x-team=refresh',
        OTEL_SERVICE_NAME: 'refresh',
        LOG_LEVEL: 'debug',
      }),
    ).toEqual({
      meld: { apiKey: 'meld-key-1', baseUrl: 'http://127.0.0.1:4010', timeoutMs: 30_000 },
      webhooks: {
        secrets: ['newest', 'older'],
        url: 'https://refresh.example.com/webhooks/meld?tenant=1',
      },
      temporal: { taskQueue: 'other', deployment: { name: 'refresh', buildId: '2.1' } },
      worker: {
        callsPerSecond: 0.5,
        readsPerSecond: 20,
        maxCachedWorkflows: 5_000,
        maxActivities: 50,
        maxPollers: 8,
      },
      server: {
        host: '0.0.0.0',
        port: 0,
        apiKeys: ['key-one', 'key-two'],
        apiRateLimit: 60,
        codecOrigins: ['https://ui.example.com'],
      },
      payloadKeys: [{ id: 'k1', key: createSecretKey(PAYLOAD_KEY, 'base64') }],
      metricsAddress: '0.0.0.0:9464',
      healthAddress: '0.0.0.0:8081',
      policy: { maxCharges: 3, poll: { first: '10s' }, providers: {}, deliverOutcomes: OUTCOMES },
      outcomeWebhook: { url: 'https://example.com/outcomes', secret: OUTCOME_SECRET },
      tracing: { exporter: 'otlp', endpoint: 'https://otel.example.com' },
      logLevel: 'debug',
      secrets: [
        'meld-key-1',
        'newest',
        'older',
        'key-one',
        'key-two',
        'https://example.com/outcomes',
        OUTCOME_SECRET,
        'key-of-the-collector',
        PAYLOAD_KEY,
      ],
    });
  });

  test.each([
    ['of its exporter', { OTEL_TRACES_EXPORTER: 'console' }, { exporter: 'console' }],
    [
      'of an endpoint alone',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' },
      { exporter: 'otlp', endpoint: 'http://127.0.0.1:4318' },
    ],
    [
      'of an endpoint of the spans alone',
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://other:4318',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://spans/v1',
      },
      { exporter: 'otlp', endpoint: 'http://spans/v1' },
    ],
    [
      'of an exporter alone',
      { OTEL_TRACES_EXPORTER: 'otlp' },
      { exporter: 'otlp', endpoint: 'http://localhost:4318' },
    ],
    ['of a name alone, as off', { OTEL_SERVICE_NAME: 'refresh' }, null],
    [
      'of an exporter "none", as off',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_TRACES_EXPORTER: 'none' },
      null,
    ],
    ['that is disabled, as off', { OTEL_TRACES_EXPORTER: 'otlp', OTEL_SDK_DISABLED: 'TRUE' }, null],
  ])('reads tracing %s', (_what, env, expected) => {
    expect(loadConfig(env).tracing).toEqual(expected);
  });

  test.each([
    ['sandbox', 'https://api-sb.meld.io'],
    ['production', 'https://api.meld.io'],
  ])('knows where the %s of Meld is', (environment, baseUrl) => {
    expect(loadWorkerConfig({ ...MELD, MELD_ENVIRONMENT: environment }).meld.baseUrl).toBe(baseUrl);
  });

  test.each([
    ['MELD_ENVIRONMENT', 'prod', 'MELD_ENVIRONMENT: expected "sandbox" or "production", received "prod"'],
    ['MELD_BASE_URL', 'api.meld.io', 'received "api.meld.io"'],
    ['MELD_BASE_URL', 'ftp://meld.io', 'expected an http or https URL'],
    ['MELD_BASE_URL', 'https://meld.io?a=1', 'expected an http or https URL'],
    [
      'MELD_TIMEOUT',
      '51s',
      'MELD_TIMEOUT: expected a duration with its unit such as "20s", at least "1s" and at most "50s", received "51s"',
    ],
    ['MELD_TIMEOUT', '999ms', 'received "999ms"'],
    ['MELD_TIMEOUT', '20', 'received "20"'],
    [
      'OUTCOME_WEBHOOK_SECRET',
      'abc',
      'expected "whsec_" and 24 to 64 random bytes in base64; make one with: echo',
    ],
    ['OUTCOME_WEBHOOK_SECRET', 'whsec_abc', 'expected "whsec_"'],
    ['OUTCOME_WEBHOOK_SECRET', `whsec_${'A'.repeat(88)}`, 'expected "whsec_"'],
    ['OUTCOME_WEBHOOK_SECRET', `whsec_${'-'.repeat(32)}`, 'expected "whsec_"'],
    ['MELD_TIMEOUT', '0s', 'received "0s"'],
    ['MELD_TIMEOUT', 'soon', 'received "soon"'],
    [
      'MELD_WEBHOOK_URL',
      '/webhooks/meld',
      'expected the http or https URL exactly as in the Meld webhook profile',
    ],
    ['TEMPORAL_WORKER_DEPLOYMENT_NAME', 'a.b', 'without "." and ":"'],
    ['HOST', 'not a host', 'HOST: expected an address to listen on'],
    ['PORT', '80x', 'PORT: expected a port, 0 to 65535, received "80x"'],
    ['PORT', '65536', 'received "65536"'],
    ['PORT', '-1', 'received "-1"'],
    ['METRICS_ADDRESS', 'localhost:9464', 'METRICS_ADDRESS: expected an IP address and a port'],
    ['METRICS_ADDRESS', '127.0.0.1:99999', 'received "127.0.0.1:99999"'],
    ['API_RATE_LIMIT', '0', 'API_RATE_LIMIT: expected how many requests a minute'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL: expected one of trace, debug, info'],
    // Without its other half.
    [
      'MELD_WEBHOOK_SECRETS',
      'a-secret',
      'MELD_WEBHOOK_URL: expected a value because MELD_WEBHOOK_SECRETS is set',
    ],
    ['MELD_WEBHOOK_URL', 'https://a.example', 'MELD_WEBHOOK_SECRETS: expected a value'],
    ['OUTCOME_WEBHOOK_URL', 'https://a.example', 'OUTCOME_WEBHOOK_SECRET: expected a value'],
    ['TEMPORAL_WORKER_BUILD_ID', '1', 'TEMPORAL_WORKER_DEPLOYMENT_NAME: expected a value'],
    ['MELD_API_KEY', 'a-key', 'MELD_ENVIRONMENT: expected "sandbox" or "production"'],
  ])('refuses %s=%s', (name, value, words) => {
    expect(complaintOf(() => loadConfig({ [name]: value }))).toContain(words);
  });

  test('names every wrong variable in one message', () => {
    const message = complaintOf(() => loadServerConfig({ PORT: 'x', LOG_LEVEL: 'y', HOST: '0.0.0.0' }));
    expect(message.split('\n')).toEqual([
      'The configuration is wrong.',
      '- PORT: expected a port, 0 to 65535, received "x"',
      '- LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent, received "y"',
      "- MELD_API_KEY: expected Meld's raw API key, received nothing",
      '- MELD_ENVIRONMENT: expected "sandbox" or "production" (or MELD_BASE_URL), received nothing',
      '- API_KEYS: expected at least one key because HOST is "0.0.0.0", which others can reach',
    ]);
  });

  test('never repeats a secret, whatever is wrong with it', () => {
    const names = [
      'MELD_API_KEY',
      'MELD_WEBHOOK_SECRETS',
      'API_KEYS',
      'OUTCOME_WEBHOOK_URL',
      'OUTCOME_WEBHOOK_SECRET',
      'PAYLOAD_KEYS',
    ];
    const env = Object.fromEntries(names.map((name) => [name, 'can ary\nvalue']));
    const message = complaintOf(() => loadConfig({ ...env, MELD_BASE_URL: 'http://user:canary@meld.io' }));
    for (const name of names) expect(message).toContain(`${name}: expected`);
    expect(message).not.toMatch(/can ?ary/);
  });

  test('refuses two words of where Meld is', () => {
    expect(complaintOf(() => loadConfig({ ...MELD, MELD_BASE_URL: 'http://127.0.0.1:4010' }))).toContain(
      'MELD_BASE_URL: expected nothing because MELD_ENVIRONMENT is set',
    );
  });

  test('either loads or complains, whatever the variables hold', () => {
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('0', '{}', '{"poll":1}', 'https://a.b', '::1', ',', '5s'),
    );
    const names = [...Object.keys(VARIABLES), 'REFRESH_POLICY'];
    const env = fc.dictionary(fc.constantFrom(...names), value);
    fc.assert(
      fc.property(env, (anyEnv) => {
        try {
          loadConfig(anyEnv);
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
        }
      }),
    );
  });
});

describe('a server without API keys', () => {
  test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1', undefined])('may listen on %s', (host) => {
    expect(loadServerConfig({ ...MELD, ...(host && { HOST: host }) }).server.apiKeys).toEqual([]);
  });

  test.each(['0.0.0.0', '::', '192.168.1.4', 'example.com', '127.0.0.1.example.com'])(
    'is refused on %s',
    (host) => {
      expect(complaintOf(() => loadServerConfig({ ...MELD, HOST: host }))).toContain('API_KEYS: expected');
      expect(loadServerConfig({ ...MELD, HOST: host, API_KEYS: 'k-1' }).server.host).toBe(host);
    },
  );
});

describe('REFRESH_POLICY', () => {
  test('says which outcomes are told, where an outcome webhook is told them; by default all', () => {
    const told = { OUTCOME_WEBHOOK_URL: 'https://a.example', OUTCOME_WEBHOOK_SECRET: OUTCOME_SECRET };
    expect(loadConfig(told).policy.deliverOutcomes).toEqual(OUTCOMES);
    const policy = '{ "deliverOutcomes": ["escalated"] }';
    expect(loadConfig({ ...told, REFRESH_POLICY: policy }).policy.deliverOutcomes).toEqual(['escalated']);
  });

  test('may hold all that the defaults hold', () => {
    expect(loadConfig({ REFRESH_POLICY: JSON.stringify(DEFAULT_POLICY) }).policy).toEqual(DEFAULT_POLICY);
  });

  test('may be the path of a file', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'policy-'));
    const file = path.join(folder, 'policy.json');
    writeFileSync(file, '{ "giveUpAfter": "6h" }');
    expect(loadConfig({ REFRESH_POLICY: file }).policy).toEqual({ giveUpAfter: '6h' });
    rmSync(folder, { recursive: true });
  });

  test('gives a charged call longer than its one request may take', () => {
    const REFRESH_POLICY = '{ "callTimeout": "20s" }';
    expect(complaintOf(() => loadConfig({ REFRESH_POLICY, MELD_TIMEOUT: '19001ms' }))).toContain(
      'REFRESH_POLICY.callTimeout: expected at least 20001 ms (MELD_TIMEOUT, and 1000 ms for the answer to reach Temporal), received "20s"',
    );
    expect(loadConfig({ REFRESH_POLICY, MELD_TIMEOUT: '19s' }).policy).toEqual({ callTimeout: '20s' });
  });

  test.each([
    ['/no/such/policy.json', 'REFRESH_POLICY: expected a JSON object or the path of a file that holds one'],
    ['{ "maxCharges": 3', 'REFRESH_POLICY: expected a JSON object'],
    ['{ "maxCharge": 3 }', 'REFRESH_POLICY: expected only the fields clockTolerance, coalesce'],
    ['{ "maxCharges": 0 }', 'REFRESH_POLICY.maxCharges: expected a whole number, 1 or more, received 0'],
    [
      '{ "poll": { "first": "10s", "last": "1m" } }',
      'REFRESH_POLICY.poll: expected only the fields first, factor, maximum, received "last"',
    ],
    ['{ "poll": { "first": "1ms" } }', 'REFRESH_POLICY.poll.first: expected at least 100 ms, received "1ms"'],
    ['{ "providers": { "MX": { "forcedRefreshEvery": "3h" } } }', 'REFRESH_POLICY.providers.MX.after'],
  ])('refuses %s', (policy, words) => {
    expect(complaintOf(() => loadConfig({ REFRESH_POLICY: policy }))).toContain(words);
  });
});

describe('a client', () => {
  const OTHERS = { PORT: 'web', LOG_LEVEL: 'loud', METRICS_ADDRESS: 'here', MELD_WEBHOOK_URL: 'x' };

  test('of refreshes is refused only for variables that it reads', () => {
    const meld = { MELD_API_KEY: 'key', MELD_BASE_URL: 'nowhere' };
    const { temporal } = loadRefreshesConfig({ ...OTHERS, ...meld, TEMPORAL_TASK_QUEUE: 'other' });
    expect(temporal.taskQueue).toBe('other');
    const words = complaintOf(() =>
      loadRefreshesConfig({ ...OTHERS, PAYLOAD_KEYS: 'k1', REFRESH_POLICY: '{' }),
    );
    expect(words.match(/^- \w+/gm)).toEqual(['- PAYLOAD_KEYS', '- REFRESH_POLICY']);
  });

  test('of refreshes takes a policy that fits MELD_TIMEOUT', () => {
    const env = { MELD_TIMEOUT: '5s', REFRESH_POLICY: '{ "callTimeout": "10s" }' };
    expect(loadRefreshesConfig(env).policy).toEqual({ callTimeout: '10s' });
  });

  test('of Meld is refused only for variables that it reads, and for those that are missing', () => {
    expect(loadMeldConfig({ ...OTHERS, ...MELD, PAYLOAD_KEYS: 'k1' }).apiKey).toBe('meld-key-1');
    const words = complaintOf(() => loadMeldConfig({ ...OTHERS, MELD_TIMEOUT: '1' }));
    expect(words.match(/^- \w+/gm)).toEqual(['- MELD_TIMEOUT', '- MELD_API_KEY', '- MELD_ENVIRONMENT']);
  });
});
