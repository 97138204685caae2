import { z } from 'zod';

/**
 * The part of Temporal Worker Controller's resources that ours use, strictly: a misspelt field is refused. Written from
 * its CRDs in release v1.8.1 (helm/temporal-worker-controller-crds/templates of temporalio/temporal-worker-controller).
 * Pods and embedded resources are checked as what they are.
 */
const name = z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
const duration = z.string().regex(/^(\d+(h|m|s))+$/);
const ref = z.strictObject({ name });
const metadata = z.strictObject({
  name,
  namespace: z.string(),
  labels: z.record(z.string(), z.string()).optional(),
});

const step = z.strictObject({ rampPercentage: z.int().min(1).max(99), pauseDuration: duration });

export const workerControllerResource = z.discriminatedUnion('kind', [
  z.strictObject({
    apiVersion: z.literal('temporal.io/v1alpha1'),
    kind: z.literal('WorkerDeployment'),
    metadata,
    spec: z.strictObject({
      workerOptions: z.strictObject({ connectionRef: ref, temporalNamespace: z.string().min(1) }),
      // "steps are required for Progressive rollout"
      rollout: z.strictObject({ strategy: z.literal('Progressive'), steps: z.array(step).min(1).max(20) }),
      sunset: z.strictObject({ scaledownDelay: duration, deleteDelay: duration }),
      template: z.looseObject({}),
    }),
  }),
  z.strictObject({
    apiVersion: z.literal('temporal.io/v1alpha1'),
    kind: z.literal('Connection'),
    metadata,
    spec: z.strictObject({ hostPort: z.string().regex(/^[a-zA-Z0-9.-]+:[0-9]+$/) }),
  }),
  z.strictObject({
    apiVersion: z.literal('temporal.io/v1alpha1'),
    kind: z.literal('WorkerResourceTemplate'),
    metadata,
    spec: z.strictObject({
      workerDeploymentRef: ref,
      template: z.looseObject({ spec: z.looseObject({ scaleTargetRef: z.strictObject({}) }) }),
    }),
  }),
]);
