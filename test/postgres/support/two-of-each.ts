import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { request } from 'undici';
import { freePort } from '../../../src/dev/free-port';
import { sharedEnvironment } from '../../../src/dev/stack/child-environment';
import { answersOk, workerPolls } from '../../../src/dev/stack/readiness';
import { type SimulatedStack, startStack } from '../../../src/dev/stack/start-stack';
import type { StackProcess } from '../../../src/dev/stack/stack-process';
import type { RefreshPolicyInput } from '../../../src/refresh/model/policy';
import { servedTaskQueues } from '../../../src/temporal/task-queues';
import { startOwn } from '../../../bench/processes';

/** The whole product, with a second worker and a second server. */
export interface TwoOfEach {
  readonly stack: SimulatedStack;
  readonly temporal: Client;
  readonly secondWorker: StackProcess;
  readonly secondServer: StackProcess;
  /** Asks the servers in turn, as behind a load balancer, until one answers with the end of the refresh. */
  refresh(connectionId: string, body: object): Promise<void>;
  /** The same, until one has accepted it. */
  ask(connectionId: string, body: object): Promise<void>;
  close(): Promise<void>;
}

export interface TwoOfEachOptions {
  readonly policy: RefreshPolicyInput;
  readonly callsPerSecond: number;
}

/** 50 s: as long as a server may hold a request, nearly. */
const HELD_SECONDS = 50;
const ANSWER_WITHIN_MS = 60_000;
const GIVE_UP_AFTER_MS = 600_000;
const ASK_AGAIN_MS = 100;

export async function twoOfEach({ policy, callsPerSecond }: TwoOfEachOptions): Promise<TwoOfEach> {
  const stack = await startStack({
    policy,
    logLevel: 'warn',
    env: {
      worker: { MELD_CALLS_PER_SECOND: String(callsPerSecond) },
      server: { API_RATE_LIMIT: '1000000' },
    },
  });
  const { namespace, temporalAddress: address, secrets } = stack;
  const connection = await Connection.connect({ address });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const shared = {
    ...sharedEnvironment({
      temporal: { address, namespace },
      policy,
      logLevel: 'warn',
      folder: stack.folder,
    }),
    MELD_API_KEY: secrets.meldApiKey,
    MELD_BASE_URL: stack.simulatorUrl,
  };
  const own = { folder: stack.folder, signal: new AbortController().signal };
  const secondWorker = await startOwn({
    ...own,
    name: 'worker',
    main: 'dist/worker.js',
    env: { ...shared, MELD_CALLS_PER_SECOND: String(callsPerSecond) },
    isReady: (pid) => workerPolls({ connection, namespace, queues: servedTaskQueues(stack.taskQueue), pid }),
  });
  const secondServer = await startOwn({
    ...own,
    name: 'server',
    main: 'dist/server/main.js',
    env: { ...shared, HOST: '127.0.0.1', PORT: String(port), API_RATE_LIMIT: '1000000' },
    isReady: () => answersOk(`${url}/readyz`),
  });

  let asked = 0;
  const untilStatus = async (wanted: number, connectionId: string, body: object, prefer: string) => {
    const key = randomUUID();
    const giveUpAtMs = Date.now() + GIVE_UP_AFTER_MS;
    while (Date.now() < giveUpAtMs) {
      let last: string;
      const server = [stack.apiUrl, url][(asked += 1) % 2]!;
      try {
        const answer = await request(`${server}/v1/connections/${connectionId}/refreshes`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': key, prefer },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
        });
        last = `${answer.statusCode} ${await answer.body.text()}`;
        if (answer.statusCode === wanted) return;
      } catch (error) {
        last = String(error);
      }
      if (last.startsWith('4')) throw new Error(`${connectionId}: ${last}`);
      await pause(ASK_AGAIN_MS);
    }
    throw new Error(`${connectionId}: no server answered ${wanted} in time`);
  };
  return {
    stack,
    temporal: new Client({ connection, namespace }),
    secondWorker,
    secondServer,
    refresh: (connectionId, body) => untilStatus(200, connectionId, body, `wait=${HELD_SECONDS}`),
    ask: (connectionId, body) => untilStatus(202, connectionId, body, 'wait=0'),
    close: async () => {
      await secondServer.stop();
      await secondWorker.stop();
      await connection.close();
      await stack.stop();
    },
  };
}
