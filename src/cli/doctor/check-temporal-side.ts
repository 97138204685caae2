import { checkTemporal } from '../../temporal/check-temporal';
import { servedTaskQueues } from '../../temporal/task-queues';
import { loadTemporalTarget } from '../../temporal/connect';
import type { TemporalTarget } from '../../temporal/connect';
import { connectCli } from '../connect/connect-cli';
import { checkServerVersion } from './check-server-version';
import { note, ok, wrong } from './check-result';
import type { CheckResult } from './check-result';
import { tryTo } from './try-to';

/** 5 s: each question is answered from the server's memory. */
const ASK_WITHIN_MS = 5_000;

type Connection = Awaited<ReturnType<typeof connectCli>>;

/** Whether Temporal is there, as new as it should be, with the namespace and the search attributes, and a worker. */
export async function checkTemporalSide(
  env: NodeJS.ProcessEnv,
  taskQueue: string | null,
): Promise<readonly CheckResult[]> {
  const found = await tryTo(async () => {
    const target = loadTemporalTarget(env);
    return { target, connection: await connectCli(target, env) };
  });
  if (!found.done) return [wrong('Temporal', found.why)];
  const { target, connection } = found.value;
  try {
    const queues = taskQueue === null ? [] : servedTaskQueues(taskQueue);
    return [
      ok('Temporal', `reached at ${target.address}`),
      await checkVersion(connection),
      await checkNamespace(connection, target),
      ...(await Promise.all(queues.map((queue) => checkWorker(connection, target, queue)))),
    ];
  } finally {
    await connection.close();
  }
}

async function checkVersion(connection: Connection): Promise<CheckResult> {
  const asked = await tryTo(() =>
    connection.withDeadline(Date.now() + ASK_WITHIN_MS, () => connection.workflowService.getSystemInfo({})),
  );
  return asked.done
    ? checkServerVersion(asked.value.serverVersion)
    : wrong('Temporal server', `does not answer: ${asked.why}`);
}

async function checkNamespace(connection: Connection, target: TemporalTarget): Promise<CheckResult> {
  const about = `namespace ${target.namespace}`;
  const checked = await tryTo(() => checkTemporal(connection, target));
  if (!checked.done)
    return wrong(about, `${checked.why}\nThe search attributes can also be made by: meld-refresh setup`);
  return checked.value.searchAttributes === 'present'
    ? ok(about, 'there, with the search attributes')
    : note(
        about,
        'there; whether it has the search attributes is not told to this user. See docs/cli.md, setup',
      );
}

async function checkWorker(
  connection: Connection,
  { address, namespace }: TemporalTarget,
  queue: ReturnType<typeof servedTaskQueues>[number],
): Promise<CheckResult> {
  const about = `task queue ${queue.taskQueue.name}`;
  const asked = await tryTo(() =>
    connection.withDeadline(Date.now() + ASK_WITHIN_MS, () =>
      connection.workflowService.describeTaskQueue({ namespace, ...queue }),
    ),
  );
  if (!asked.done) return wrong(about, `cannot be read: ${asked.why}`);
  const { pollers, versioningInfo } = asked.value;
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
}

type DeploymentOptions = { readonly workerVersioningMode?: unknown } | null | undefined;

/** WORKER_VERSIONING_MODE_VERSIONED of Temporal's API. */
function isVersioned<T>(options: T & DeploymentOptions): options is NonNullable<T> & DeploymentOptions {
  return options?.workerVersioningMode === 2;
}
