import { checkTemporal } from '../../temporal/check-temporal';
import { connectClient, loadTemporalTarget } from '../../temporal/connect';
import type { TemporalTarget } from '../../temporal/connect';
import { EXIT } from '../exit-codes';
import { serverVersionFinding } from '../server-version';
import type { Finding } from './finding';
import { attempt } from './attempt';

/** 5 s: each question is answered from the server's memory. */
const ASK_WITHIN_MS = 5_000;

type Connection = Awaited<ReturnType<typeof connectClient>>;

/** Whether Temporal is there, as new as it should be, with the namespace and the search attributes, and a worker. */
export async function checkTemporalSide(
  env: NodeJS.ProcessEnv,
  taskQueue: string | null,
): Promise<readonly Finding[]> {
  const about = 'Temporal';
  const wrong = (text: string): Finding => ({ about, verdict: 'wrong', text, code: EXIT.unavailable });
  const found = await attempt(async () => {
    const target = loadTemporalTarget(env);
    return { target, connection: await connectClient(target) };
  });
  if (!found.done) return [wrong(found.why)];
  const { target, connection } = found.value;
  try {
    const reached: Finding = {
      about,
      verdict: 'ok',
      text: `reached at ${target.address}`,
      code: EXIT.unavailable,
    };
    return [
      reached,
      await versionFinding(connection),
      await namespaceFinding(connection, target),
      ...(taskQueue === null ? [] : [await workerFinding(connection, target, taskQueue)]),
    ];
  } finally {
    await connection.close();
  }
}

async function versionFinding(connection: Connection): Promise<Finding> {
  const asked = await attempt(() =>
    connection.withDeadline(Date.now() + ASK_WITHIN_MS, () => connection.workflowService.getSystemInfo({})),
  );
  if (asked.done) return serverVersionFinding(asked.value.serverVersion);
  return { about: 'Temporal server', verdict: 'wrong', text: asked.why, code: EXIT.unavailable };
}

async function namespaceFinding(connection: Connection, target: TemporalTarget): Promise<Finding> {
  const about = `namespace ${target.namespace}`;
  const checked = await attempt(() => checkTemporal(connection, target));
  if (!checked.done) {
    const text = `${checked.why}\nThe search attributes can also be made by: meld-refresh setup`;
    return { about, verdict: 'wrong', text, code: EXIT.unavailable };
  }
  return checked.value.searchAttributes === 'present'
    ? { about, verdict: 'ok', text: 'there, with the search attributes', code: EXIT.unavailable }
    : {
        about,
        verdict: 'note',
        text: 'there; whether it has the search attributes is not told to this user. See docs/cli.md, setup',
        code: EXIT.unavailable,
      };
}

async function workerFinding(
  connection: Connection,
  { namespace }: TemporalTarget,
  taskQueue: string,
): Promise<Finding> {
  const about = `task queue ${taskQueue}`;
  const asked = await attempt(() =>
    connection.withDeadline(Date.now() + ASK_WITHIN_MS, () =>
      connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue } }),
    ),
  );
  if (!asked.done) return { about, verdict: 'wrong', text: asked.why, code: EXIT.unavailable };
  return asked.value.pollers.length > 0
    ? { about, verdict: 'ok', text: 'a worker asked for work lately', code: EXIT.unavailable }
    : {
        about,
        verdict: 'note',
        text: 'no worker asks for work, so refreshes only wait. To start one: meld-refresh worker',
        code: EXIT.unavailable,
      };
}
