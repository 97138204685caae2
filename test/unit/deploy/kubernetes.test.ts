import { readdirSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { VARIABLES } from '../../../src/config/variables';
import { buildKustomization } from './support/kubectl';
import { errorsOf, podTemplate, typedResource } from './support/typed-resources';
import { workerControllerResource } from './support/worker-controller';

const OVERLAYS = path.join(__dirname, '../../../deploy/kubernetes/overlays');

const labels = z.record(z.string(), z.string());
const env = z.array(
  z.object({ name: z.string(), value: z.string().optional(), valueFrom: z.unknown().optional() }),
);
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const container = z.object({
  name: z.string(),
  image: z.string(),
  env: env.default([]),
  envFrom: z.array(
    z.object({
      configMapRef: z.object({ name: z.string() }).optional(),
      secretRef: z.object({ name: z.string() }).optional(),
    }),
  ),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).default([]),
  resources: z.object({ limits: z.object({ memory: z.string() }) }),
  securityContext: z.unknown().optional(),
  startupProbe: probe.optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
});
const template = z.object({
  metadata: z.object({ labels }),
  spec: z.looseObject({
    containers: z.tuple([container]),
    automountServiceAccountToken: z.boolean(),
    securityContext: z.object({ runAsNonRoot: z.boolean() }),
  }),
});
const resource = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({ template: z.unknown().optional() }).optional(),
  data: labels.optional(),
});
type Resource = z.infer<typeof resource>;

const WITH_PODS = new Set(['Deployment', 'Job', 'WorkerDeployment']);
const podsOf = (resources: readonly Resource[]) =>
  resources.flatMap(({ kind, spec }) => (WITH_PODS.has(kind) ? [template.parse(spec?.template)] : []));

const overlays = readdirSync(OVERLAYS);
const built = new Map<string, readonly Resource[]>();
/** 5 min: kubectl may have to be downloaded. */
beforeAll(async () => {
  for (const name of overlays) {
    const text = await buildKustomization(path.join(OVERLAYS, name));
    built.set(
      name,
      parseAllDocuments(text).map((document) => resource.parse(document.toJS())),
    );
  }
}, 300_000);

const named = (overlay: string, kind: string): Resource | undefined =>
  built.get(overlay)?.find((one) => one.kind === kind);

test('there is an overlay for a Temporal in the cluster, for Temporal Cloud both ways, and for rolled out versions', () => {
  expect(overlays.sort()).toEqual(['cloud-api-key', 'cloud-mtls', 'in-cluster', 'worker-controller']);
});

const WRONG = [
  typedResource({ apiVersion: 'batch/v1', kind: 'Job', spec: { template: {}, backOffLimit: 1 } }),
  podTemplate({ spec: { containers: [], hostNetwork: 'yes' } }),
  podTemplate({ spec: { containers: [], restartPolicy: 'Sometimes' } }),
  typedResource({ apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', spec: { trigger: [] } }),
];

test('every resource is what Kubernetes, KEDA and the Worker Controller accept, and no field is misspelt', async () => {
  const values = [...built.values()].flat().flatMap((one) => {
    if (!one.apiVersion.startsWith('temporal.io/')) return [typedResource(one)];
    const checked = workerControllerResource.parse(one);
    if (checked.kind === 'WorkerDeployment') return [podTemplate(checked.spec.template)];
    if (checked.kind === 'Connection') return [];
    // The controller fills in the target.
    const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a-version' };
    const { template } = checked.spec;
    const filled = { ...template, spec: { ...template.spec, scaleTargetRef: target } };
    return [typedResource(z.looseObject({ apiVersion: z.string(), kind: z.string() }).parse(filled))];
  });
  expect(values.length).toBeGreaterThan(30);
  const errors = await errorsOf([...values, ...WRONG]);
  expect(errors.slice(0, values.length).flat()).toEqual([]);
  // The check finds what is wrong, in each of them.
  expect(errors.slice(values.length).filter((found) => found.length === 0)).toEqual([]);
});

describe.each(overlays)('%s', (overlay) => {
  const resources = () => built.get(overlay) ?? [];

  test('runs every pod without root, without a token and with a disk that it cannot write to', () => {
    const pods = podsOf(resources());
    expect(pods).toHaveLength(3);
    for (const { spec } of pods) {
      expect(spec.securityContext.runAsNonRoot).toBe(true);
      expect(spec.automountServiceAccountToken).toBe(false);
      expect(spec.containers[0].securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(spec.containers[0].image).toMatch(/:\d+\.\d+\.\d+$/);
    }
  });

  test('gives the pods only variables that they read, and no secret by its value', () => {
    const known = new Set([...Object.keys(VARIABLES), 'HEALTH_ADDRESS', 'REFRESH_POLICY']);
    const isKnown = (name: string) => known.has(name) || name.startsWith('TEMPORAL_');
    const plain = resources().flatMap(({ data }) => Object.entries(data ?? {}));
    const given = podsOf(resources()).flatMap(({ spec }) => spec.containers[0].env);
    expect(
      [...plain.map(([name]) => name), ...given.map(({ name }) => name)].filter((name) => !isKnown(name)),
    ).toEqual([]);
    const secret = /KEYS?$|SECRETS?$/;
    expect(plain.filter(([name]) => secret.test(name))).toEqual([]);
    expect(given.filter(({ name, value }) => secret.test(name) && value !== undefined)).toEqual([]);
    expect(resources().filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  test('reads its variables from a ConfigMap that is there', () => {
    const maps = resources().flatMap(({ kind, metadata }) => (kind === 'ConfigMap' ? [metadata.name] : []));
    const asked = podsOf(resources()).flatMap(({ spec }) =>
      spec.containers[0].envFrom.flatMap(({ configMapRef }) => configMapRef?.name ?? []),
    );
    expect(new Set(asked)).toEqual(new Set(maps));
  });

  test('selects pods that are there, with every selector', () => {
    const pods = podsOf(resources()).map(({ metadata }) => Object.entries(metadata.labels));
    const selector = z.object({ matchLabels: labels });
    const selectors = resources().flatMap(({ kind, spec }) => {
      if (kind === 'Service') return [labels.parse(spec?.['selector'])];
      if (kind === 'NetworkPolicy') return [selector.parse(spec?.['podSelector']).matchLabels];
      return kind === 'PodDisruptionBudget' ? [selector.parse(spec?.['selector']).matchLabels] : [];
    });
    expect(selectors.length).toBeGreaterThan(5);
    for (const wanted of selectors) {
      const found = pods.some((had) =>
        Object.entries(wanted).every(([name, value]) => had.some(([n, v]) => n === name && v === value)),
      );
      expect([wanted, found]).toEqual([wanted, true]);
    }
  });

  test('probes ports that the container names, at paths that are served', () => {
    const containers = podsOf(resources()).map(({ spec }) => spec.containers[0]);
    for (const { startupProbe, livenessProbe, readinessProbe, ports } of containers) {
      if (ports.length === 0) continue; // the Job
      const asked = [startupProbe, livenessProbe, readinessProbe].map((one) => one?.httpGet);
      expect(asked.map((one) => one?.path)).toEqual(['/healthz', '/healthz', '/readyz']);
      for (const one of asked) expect(ports.map(({ name }) => name)).toContain(one?.port);
    }
    expect(containers.filter(({ readinessProbe }) => readinessProbe !== undefined)).toHaveLength(2);
  });
});

test.each(['in-cluster', 'cloud-api-key', 'cloud-mtls'])(
  '%s leaves the number of workers to KEDA, and scales a Deployment that is there',
  (overlay) => {
    const { spec } = named(overlay, 'ScaledObject') ?? {};
    const { name } = z.object({ name: z.string() }).parse(spec?.['scaleTargetRef']);
    const workers = built
      .get(overlay)
      ?.filter((one) => one.kind === 'Deployment' && one.metadata.name === name);
    expect(workers).toHaveLength(1);
    expect(workers?.[0]?.spec).not.toHaveProperty('replicas');
  },
);

test('versioned workers bear the name that the controller gives their deployment', () => {
  const { metadata, spec } = named('worker-controller', 'WorkerDeployment')!;
  const variables = template.parse(spec?.template).spec.containers[0].env;
  expect(variables.find(({ name }) => name === 'TEMPORAL_WORKER_DEPLOYMENT_NAME')?.value).toBe(
    `${String(metadata['namespace'])}/${metadata.name}`,
  );
});
