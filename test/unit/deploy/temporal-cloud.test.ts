import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { loadTemporalTarget, type TemporalTarget } from '../../../src/temporal/connect';
import { codeBlocks } from '../docs/code-blocks';

const blocks = codeBlocks('docs/deploy.md');
const folder = mkdtempSync(path.join(tmpdir(), 'meld-refresh-cloud-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(path.join(folder, 'tls.crt'), 'a certificate');
writeFileSync(path.join(folder, 'tls.key'), 'a key');

/** The example of the page, with its certificate where this test has one. */
function example(language: string, name: string): string {
  const { code } = blocks.find(({ info }) => info[0] === language && info[1] === name)!;
  return code.replaceAll('/etc/temporal', folder);
}

function fromVariables(name: string): TemporalTarget {
  const variables = [...example('ini', name).matchAll(/^(\w+)=(.*)$/gm)].map(([, key, value]) => [
    key,
    value,
  ]);
  return loadTemporalTarget({
    TEMPORAL_CONFIG_FILE: path.join(folder, 'none.toml'),
    ...Object.fromEntries(variables),
  });
}

function fromProfile(name: string): TemporalTarget {
  const file = path.join(folder, `${name}.toml`);
  writeFileSync(file, example('toml', name));
  // Strictly, so that a misspelt key is refused.
  loadClientConnectConfig({ configSource: { path: file }, configFileStrict: true, overrideEnvVars: {} });
  return loadTemporalTarget({ TEMPORAL_CONFIG_FILE: file });
}

describe.each([
  ['variables', fromVariables],
  ['a TOML profile', fromProfile],
])('by %s', (_name, read) => {
  test('the API key goes with every call, and over TLS', () => {
    const { address, namespace, connectionOptions } = read('cloud-api-key');
    expect({ address, namespace }).toEqual({
      address: 'eu-central-1.aws.api.temporal.io:7233',
      namespace: 'meld.a1b2c',
    });
    expect(connectionOptions.apiKey).toBe('the-key-of-a-service-account');
    expect(connectionOptions.tls).toBeTruthy();
  });

  test('the client certificate and its key are read from their files', () => {
    const { address, namespace, connectionOptions } = read('cloud-mtls');
    expect({ address, namespace }).toEqual({
      address: 'meld.a1b2c.tmprl.cloud:7233',
      namespace: 'meld.a1b2c',
    });
    expect(connectionOptions.tls).toMatchObject({
      clientCertPair: { crt: Buffer.from('a certificate'), key: Buffer.from('a key') },
    });
  });
});
