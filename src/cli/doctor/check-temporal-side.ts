import type { Connection } from '@temporalio/client';
import { checkTemporal } from '../../temporal/check-temporal';
import type { TemporalTarget } from '../../temporal/connect';
import { servedTaskQueues } from '../../temporal/task-queues';
import { withTemporal } from '../connect/with-temporal';
import { check, note, ok, wrong } from './check-result';
import type { CheckResult } from './check-result';
import { ASK_WITHIN_MS, checkVersion } from './check-server-version';

/** Whether Temporal is there, as new as it should be, with the namespace and the search attributes, and a worker. */
export async function checkTemporalSide(
  env: NodeJS.ProcessEnv,
  taskQueue: string | null,
): Promise<readonly CheckResult[]> {
  const queues = taskQueue === null ? [] : servedTaskQueues(taskQueue);
  const found = await check('Temporal', () =>
    withTemporal(env, async (connection, target) => [
      ok('Temporal', `reached at ${target.address}`),
      await checkVersion(connection),
      await checkNamespace(connection, target),
      ...(await Promise.all(queues.map((queue) => checkWorker(connection, target, queue)))),
    ]),
  );
  return Array.isArray(found) ? found : [found];
}

function checkNamespace(connection: Connection, target: TemporalTarget): Promise<CheckResult> {
  const about = `namespace ${target.namespace}`;
  return check(
    about,
    async () => {
      const { searchAttributes } = await checkTemporal(connection, target);
      return searchAttributes === 'present'
        ? ok(about, 'there, with the search attributes')
        : note(about, 'there; this user is not told of its search attributes. See docs/cli.md, setup');
    },
    (why) => `${why}\nThe search attributes can also be made by: meld-refresh setup`,
  );
}

function checkWorker(
  connection: Connection,
  { address, namespace }: TemporalTarget,
  queue: ReturnType<typeof servedTaskQueues>[number],
): Promise<CheckResult> {
  const about = `task queue ${queue.taskQueue.name}`;
  return check(
    about,
    async () => {
      const { pollers, versioningInfo } = await connection.withDeadline(Date.now() + ASK_WITHIN_MS, () =>
        connection.workflowService.describeTaskQueue({ namespace, ...queue }),
      );
      const [deployment] = pollers.flatMap(({ deploymentOptions: own }) => (isVersioned(own) ? [own] : []));
      const unversioned = pollers.some(({ deploymentOptions: own }) => !isVersioned(own));
      if (deployment && !unversioned && !versioningInfo?.currentDeploymentVersion?.buildId) {
        const { deploymentName, buildId } = deployment;
        return wrong(
          about,
          `workers of deployment ${deploymentName} ask for work, but none of its versions is current, so no refresh starts. ` +
            `To make one current: temporal worker deployment set-current-version --deployment-name ${deploymentName} ` +
            `--build-id ${buildId} --address ${address} --namespace ${namespace}`,
        );
      }
      return pollers.length > 0
        ? ok(about, 'a worker asked for work lately')
        : note(about, 'no worker asks for work, so refreshes only wait. To start one: meld-refresh worker');
    },
    (why) => `cannot be read: ${why}`,
  );
}

type DeploymentOptions = { readonly workerVersioningMode?: unknown } | null | undefined;

/** WORKER_VERSIONING_MODE_VERSIONED of Temporal's API. */
function isVersioned<T>(options: T & DeploymentOptions): options is NonNullable<T> & DeploymentOptions {
  return options?.workerVersioningMode === 2;
}
