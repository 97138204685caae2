import type { Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { reasonOf } from '../../lib/reason-of';
import { checkTemporal } from '../../temporal/check-temporal';
import type { TemporalTarget } from '../../temporal/connect';
import { servedTaskQueues } from '../../temporal/task-queues';
import { withTemporal } from '../connect';
import { check, note, ok, wrong, type CheckResult } from './check-result';

/** 5 s: each question is answered from the server's memory. */
const ASK_WITHIN_MS = 5_000;
/** The server that every release of this program is tried with. */
const TESTED = [1, 32] as const;
const VERSIONED = temporal.api.enums.v1.WorkerVersioningMode.WORKER_VERSIONING_MODE_VERSIONED;

/** Whether Temporal is there, as new as it should be, with the namespace and the search attributes, and a worker. */
export async function checkTemporalSide(
  env: NodeJS.ProcessEnv,
  taskQueue: string | null,
): Promise<readonly CheckResult[]> {
  const queues = taskQueue === null ? [] : servedTaskQueues(taskQueue);
  const others: CheckResult[] = [];
  const reached = await check('Temporal', () =>
    withTemporal(env, async (connection, target) => {
      const namespace = await checkNamespace(connection, target);
      // Without a namespace there is no queue to ask for.
      const asked = namespace.verdict === 'wrong' ? [] : queues;
      const workers = await Promise.all(asked.map((queue) => checkWorker(connection, target, queue)));
      others.push(await checkVersion(connection), namespace, ...workers);
      return ok(`reached at ${target.address}`);
    }),
  );
  return [reached, ...others];
}

/** Whether the Temporal server is as new as the one that this program is tried with. Never throws. */
export function checkVersion(connection: Connection): Promise<CheckResult> {
  return check(
    'Temporal server',
    async () => {
      const { serverVersion } = await connection.withDeadline(Date.now() + ASK_WITHIN_MS, () =>
        connection.workflowService.getSystemInfo({}),
      );
      const version = `version ${serverVersion || 'unknown'}`;
      const [, major = 0, minor = 0] = /^v?(\d+)\.(\d+)/.exec(serverVersion)?.map(Number) ?? [];
      const isOlder = major < TESTED[0] || (major === TESTED[0] && minor < TESTED[1]);
      const advice = `tested with ${TESTED.join('.')}. Try it out first, or upgrade`;
      return isOlder ? note(`${version}, ${advice}`) : ok(version);
    },
    (error) => `does not answer: ${reasonOf(error)}`,
  );
}

function checkNamespace(connection: Connection, target: TemporalTarget): Promise<CheckResult> {
  return check(`namespace ${target.namespace}`, async () => {
    const { searchAttributes } = await checkTemporal(connection, target);
    return searchAttributes === 'present'
      ? ok('there, with the search attributes')
      : note('there; this user is not told of its search attributes. See docs/cli.md, setup');
  });
}

function checkWorker(
  connection: Connection,
  { address, namespace }: TemporalTarget,
  queue: ReturnType<typeof servedTaskQueues>[number],
): Promise<CheckResult> {
  return check(
    `task queue ${queue.taskQueue.name}`,
    async () => {
      const { pollers, versioningInfo } = await connection.withDeadline(Date.now() + ASK_WITHIN_MS, () =>
        connection.workflowService.describeTaskQueue({ namespace, ...queue }),
      );
      const deployments = pollers.map(({ deploymentOptions: own }) =>
        own?.workerVersioningMode === VERSIONED ? own : null,
      );
      const [deployment] = deployments.includes(null) ? [] : deployments;
      if (deployment && !versioningInfo?.currentDeploymentVersion?.buildId) {
        const { deploymentName, buildId } = deployment;
        return wrong(
          `workers of deployment ${deploymentName} ask for work, but none of its versions is current, so no refresh starts. ` +
            `To make one current: temporal worker deployment set-current-version --deployment-name ${deploymentName} ` +
            `--build-id ${buildId} --address ${address} --namespace ${namespace}`,
        );
      }
      return pollers.length > 0
        ? ok('a worker asked for work lately')
        : note('no worker asks for work, so refreshes only wait. To start one: meld-refresh worker');
    },
    (error) => `cannot be read: ${reasonOf(error)}`,
  );
}
