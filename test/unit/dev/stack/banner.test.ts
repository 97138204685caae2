import { renderBanner, type BannerOptions } from '../../../../src/dev/stack/banner';

const simulated: BannerOptions = {
  stack: {
    apiUrl: 'http://127.0.0.1:8080',
    uiUrl: 'http://127.0.0.1:8233',
    temporalAddress: '127.0.0.1:7233',
    namespace: 'default',
    apiKey: null,
    folder: '/state',
  },
  meld: { simulatorUrl: 'http://127.0.0.1:4010', apiKey: 'simulated-key-1' },
  connectionIds: ['healthy', 'slow'],
  taken: [],
};

test('shows where everything is and a call to try', () => {
  const text = renderBanner(simulated);
  expect(text).toContain('http://127.0.0.1:8080/docs');
  expect(text).toContain('http://127.0.0.1:8233/namespaces/default/workflows');
  expect(text).toContain('"http://127.0.0.1:8080/v1/connections/healthy/refreshes"');
  expect(text).toMatch(/Temporal +127\.0\.0\.1:7233\n/);
  expect(text).toMatch(/Meld's key +simulated-key-1\n/);
  expect(text).toContain('healthy, slow.');
  expect(text).toContain('Ctrl-C');
  expect(text).not.toMatch(/authorization|taken|polling/);
});

test('never shows an API key', () => {
  const text = renderBanner({ ...simulated, stack: { ...simulated.stack, apiKey: 'topsecretkey' } });
  expect(text).toContain('authorization: Bearer $API_KEY');
  expect(text).not.toContain('topsecretkey');
});

test.each([
  [['api'], 'The usual port of the API is taken: a free one was chosen.'],
  [['api', 'ui'], 'The usual ports of the API and the Temporal UI are taken: free ones were chosen.'],
  [
    ['api', 'ui', 'temporal'],
    'The usual ports of the API, the Temporal UI and Temporal are taken: free ones were chosen.',
  ],
] as const)('says that other ports than usual are used: %j', (taken, sentence) => {
  expect(renderBanner({ ...simulated, taken })).toContain(sentence);
});

test('says which Meld it is, and what is missing without webhooks', () => {
  const real = { ...simulated, connectionIds: [], meld: { name: 'sandbox', webhooks: false } };
  expect(renderBanner(real)).toMatch(/Meld +sandbox\n/);
  expect(renderBanner(real)).toContain('/v1/connections/$CONNECTION_ID/refreshes');
  expect(renderBanner(real)).toContain('MELD_WEBHOOK_SECRETS is not set');
  expect(renderBanner({ ...real, meld: { name: 'sandbox', webhooks: true } })).not.toContain('MELD_WEBHOOK');
});
