import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { VARIABLES } from '../../../src/config/variables';

/** The part of the Compose specification that the file uses: a misspelt key is refused, as Compose would. */
const service = z.strictObject({
  image: z.string().regex(/^[\w./-]+:[\w.-]+$/),
  build: z.string().optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({ condition: z.enum(['service_healthy', 'service_completed_successfully']) }),
    )
    .optional(),
  healthcheck: z
    .strictObject({
      test: z.array(z.string()).min(2),
      interval: z.string(),
      timeout: z.string(),
      retries: z.number(),
      start_period: z.string(),
    })
    .optional(),
  restart: z.enum(['unless-stopped', 'on-failure:5']),
  deploy: z.strictObject({ replicas: z.number() }).optional(),
  secrets: z.array(z.string()).optional(),
  profiles: z.array(z.string()).optional(),
  init: z.literal(true).optional(),
  read_only: z.literal(true).optional(),
  tmpfs: z.array(z.string()).optional(),
  cap_drop: z.array(z.literal('ALL')).optional(),
  security_opt: z.array(z.literal('no-new-privileges:true')).optional(),
  stop_grace_period: z.string().optional(),
});

const composeFile = z.object({
  name: z.string(),
  services: z.record(z.string(), service),
  secrets: z.record(z.string(), z.strictObject({ environment: z.string() })),
  volumes: z.record(z.string(), z.null()),
});

const text = readFileSync('docker-compose.yml', 'utf8');
const compose = composeFile.parse(parse(text, { merge: true }));
const services = Object.entries(compose.services);
const ours = ['worker', 'server', 'simulator'].map((name) => [name, compose.services[name]!] as const);
/** Variables of the simulator, which has a configuration of its own. */
const SIMULATORS = ['SIMULATOR_TIME_SCALE'];

test('every image is pinned, and Temporal is one release', () => {
  const tags = services.map(([, { image }]) => image.split(':') as [string, string]);
  for (const [image, tag] of tags) expect(`${image}:${tag}`).not.toMatch(/:latest$/);
  expect(tags.filter(([image]) => image === 'temporalio/server')).toEqual([['temporalio/server', '1.32.0']]);
  for (const [image, tag] of tags) if (image === 'temporalio/admin-tools') expect(tag).toBe('1.32.0');
});

test('every port is bound to loopback', () => {
  for (const [, { ports = [] }] of services) {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  }
});

test.each(services)(
  '%s waits for services that are there, in a way that can come true',
  (_name, { depends_on = {} }) => {
    for (const [name, { condition }] of Object.entries(depends_on)) {
      const awaited = compose.services[name];
      expect(awaited).toBeDefined();
      if (condition === 'service_healthy') expect(awaited?.healthcheck).toBeDefined();
      else expect(awaited?.restart).toBe('on-failure:5');
    }
  },
);

test('every service that stays has a health check', () => {
  for (const [name, { restart, healthcheck }] of services) {
    if (restart === 'unless-stopped') expect([name, healthcheck]).toEqual([name, expect.anything()]);
  }
});

test('no secret stands in the file: each comes from the environment', () => {
  const secret = /KEY|SECRET|PASSWORD|PWD/;
  for (const [, { environment }] of services) {
    for (const [name, value] of Object.entries(environment)) {
      if (secret.test(name))
        expect([name, value]).toEqual([name, expect.stringMatching(/^\$\{[A-Z_]+:[?-].*\}$/)]);
    }
  }
});

test('a service that runs more than once has no port of this machine, which only one could have', () => {
  for (const [name, { deploy, ports }] of services) {
    if (deploy !== undefined) expect([name, ports]).toEqual([name, undefined]);
  }
});

test('Prometheus scrapes services that are there, with a key that it is given', () => {
  const config = readFileSync('deploy/prometheus/prometheus.yml', 'utf8');
  const targets = [...config.matchAll(/targets: \['(\w+):|names: \[(\w+)\]/g)].map(
    ([, one, all]) => one ?? all,
  );
  expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(targets));
  expect(targets).toHaveLength(3);
  const [, secret = ''] = /credentials_file: \/run\/secrets\/([\w-]+)/.exec(config) ?? [];
  expect(compose.services['prometheus']?.secrets).toEqual([secret]);
  expect(readFileSync('.env.example', 'utf8')).toContain(`# ${compose.secrets[secret]?.environment}=`);
});

test.each(ours)('%s is given only variables that it reads', (_name, { environment }) => {
  const known = [
    ...Object.keys(VARIABLES),
    'REFRESH_POLICY',
    'TEMPORAL_ADDRESS',
    'TEMPORAL_NAMESPACE',
    ...SIMULATORS,
  ];
  expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([]);
});

test.each(ours)(
  '%s runs with no more rights than it needs',
  (_name, { read_only, cap_drop, security_opt, init }) => {
    expect({ read_only, cap_drop, security_opt, init }).toEqual({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      init: true,
    });
  },
);

test('the example of an environment names what must be set, and sets no secret', () => {
  const example = readFileSync('.env.example', 'utf8');
  const required = new Set([...text.matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name));
  expect(required).toEqual(new Set(['POSTGRES_PASSWORD', 'API_KEYS', 'MELD_API_KEY']));
  for (const name of required) expect(example).toMatch(new RegExp(`^${name}=$`, 'm'));
});

test('the image runs without root', () => {
  const lines = readFileSync('Dockerfile', 'utf8').split('\n');
  const lastStage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  expect(lastStage).toContain('USER node');
});
