import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import type { DataConverter } from '@temporalio/common';
import type { ActivityInterceptorsFactory, NativeConnection, WorkerOptions } from '@temporalio/worker';
import type { WorkerTuning } from '../config';

interface WorkerSettings {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly activities: object;
  readonly dataConverter: DataConverter;
  /** The longest an activity may be busy: a worker that stops waits that long for charged calls. */
  readonly longestCallMs: number;
  readonly tuning: Omit<WorkerTuning, 'callsPerSecond'>;
  /** Left out: not versioned, and served at once. A versioned worker gets no work until its version is current. */
  readonly deployment?: { readonly name: string; readonly buildId: string } | null;
  readonly activityInterceptors?: readonly ActivityInterceptorsFactory[];
}

/** Made by `npm run build`; without it (tests, which run the sources) the worker bundles at start, in some seconds. */
const BUNDLE = path.join(__dirname, '..', 'workflow-bundle.js');
/** The same with the failure converter: a bundle cannot be given one later, and would write its failures in plain. */
const ENCODING_BUNDLE = path.join(__dirname, '..', 'workflow-bundle.encoded-failures.js');
const WORKFLOWS = path.join(__dirname, '..', 'workflows', 'workflows');
/** In the bundles as well. */
const PAYLOAD_CONVERTER = path.join(__dirname, 'payload-converter');

/** 30 s: what orchestrators usually leave between SIGTERM and SIGKILL. */
const SHUTDOWN_GRACE_MS = 30_000;
/** 5 s: for the answer of the last call to reach Temporal. */
const REPORT_MS = 5_000;

/**
 * 60 s, where the SDK takes 5 s: the timer counts wall time, so a process that was frozen or starved is interrupted when
 * it wakes up, maybe while the SDK swaps the globals of one run for another's. The option is passed on, but not typed.
 */
export const PATIENT_ISOLATE: object = { isolateExecutionTimeout: '60s' };

/** The options of a production worker, for `createWorkers`. */
export function workerOptions({ longestCallMs, tuning, ...settings }: WorkerSettings): WorkerOptions {
  const { deployment = null, activityInterceptors = [], dataConverter, ...served } = settings;
  const { readsPerSecond, maxCachedWorkflows, maxActivities, maxPollers } = tuning;
  const pollers = { type: 'autoscaling', maximum: maxPollers } as const;
  const bundle = dataConverter.failureConverterPath === undefined ? BUNDLE : ENCODING_BUNDLE;
  return {
    ...served,
    dataConverter: { ...dataConverter, payloadConverterPath: PAYLOAD_CONVERTER },
    identity: `meld-refresh-${process.pid}@${hostname()}`,
    ...(existsSync(bundle) ? { workflowBundle: { codePath: bundle } } : { workflowsPath: WORKFLOWS }),
    interceptors: { activity: [...activityInterceptors] },
    ...PATIENT_ISOLATE,
    maxCachedWorkflows,
    maxConcurrentActivityTaskExecutions: maxActivities,
    workflowTaskPollerBehavior: pollers,
    activityTaskPollerBehavior: pollers,
    // Reads need no task queue of their own: the other activities of this one tell outcomes, one or two a refresh.
    ...(readsPerSecond !== null && { maxTaskQueueActivitiesPerSecond: readsPerSecond }),
    shutdownGraceTime: Math.max(SHUTDOWN_GRACE_MS, longestCallMs + REPORT_MS),
    ...(deployment !== null && {
      workerDeploymentOptions: {
        useWorkerVersioning: true,
        version: { deploymentName: deployment.name, buildId: deployment.buildId },
        // A refresh may sleep for a day: it goes on in the newest version, for which older histories are replayed.
        defaultVersioningBehavior: 'AUTO_UPGRADE' as const,
      },
    }),
  };
}
