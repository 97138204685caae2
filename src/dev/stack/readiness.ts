import type { Connection } from '@temporalio/client';
import { request } from 'undici';
import type { servedTaskQueues } from '../../temporal/task-queues';

const ANSWER_WITHIN_MS = 1_000;

/** Whether a URL answers 200. */
export async function answersOk(url: string): Promise<boolean> {
  const { statusCode, body } = await request(url, {
    headersTimeout: ANSWER_WITHIN_MS,
    bodyTimeout: ANSWER_WITHIN_MS,
  });
  await body.dump();
  return statusCode === 200;
}

interface WorkerQuery {
  readonly connection: Connection;
  readonly namespace: string;
  readonly queues: readonly ReturnType<typeof servedTaskQueues>[number][];
  readonly pid: number;
}

/** Whether the worker with this process id asks Temporal for the tasks of each of these queues. */
export async function workerPolls({ connection, namespace, queues, pid }: WorkerQuery): Promise<boolean> {
  const described = await connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
    Promise.all(queues.map((queue) => connection.workflowService.describeTaskQueue({ namespace, ...queue }))),
  );
  // The identity is `…<pid>@<host>`: the pollers of a worker that was killed are listed for minutes.
  const own = new RegExp(`(^|\\D)${pid}@`);
  return described.every(({ pollers }) => pollers.some(({ identity }) => own.test(identity ?? '')));
}
