import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection, defaultPayloadConverter } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { registerSearchAttributes } from '../../src/temporal/register-search-attributes';
import { RefreshClient } from '../../src/client';
import { startDevServer } from '../../src/dev/temporal-server/dev-server';
import { connectionStatusChanged, refreshWorkflowId } from '../../src/workflows/messages';
import { makeRandom } from '../../src/simulator/state/random';
import { until } from '../integration/support/until';

// Freezes a worker (SIGSTOP) again and again while it replays many runs: none may touch another's connection, and none
// may stay behind. `npm run chaos:freezes`

/** 30 minutes: several times what fifty freezes take. */
jest.setTimeout(1_800_000);

const FREEZES = Number(process.env['FREEZES'] ?? 50);
/** 5.5 s: longer than the SDK's own limit for a script, which counts wall time. */
const FROZEN_MS = Number(process.env['FROZEN_MS'] ?? 5_500);
const RUNS = 150;
const SIGNALS_AT_ONCE = 4;

const { EventType } = temporal.api.enums.v1;
type Event = temporal.api.history.v1.IHistoryEvent;

async function startWorker(address: string): Promise<{ child: ChildProcess; output: () => string }> {
  const child = spawn(
    process.execPath,
    [
      '--require',
      path.join(__dirname, '../unit/simulator/typescript-hook.cjs'),
      path.join(__dirname, 'small-cache-worker.ts'),
    ],
    { env: { ...process.env, TEMPORAL_ADDRESS: address }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  await until('the worker is ready', () => (output.includes('ready') ? true : null), 120_000);
  return { child, output: () => output };
}

test('a worker that is frozen while it replays touches no foreign connection, and leaves no run behind', async () => {
  const server = await startDevServer({ ui: 'off', logLevel: 'error' });
  const connection = await Connection.connect({ address: server.address });
  await registerSearchAttributes(connection, 'default');
  const client = new Client({ connection });
  const refreshes = new RefreshClient({ client, policy: { giveUpAfter: '2h', completionWait: '2h' } });
  const { child, output } = await startWorker(server.address);
  const ids = Array.from({ length: RUNS }, (_, index) => `frozen-${index}`);
  const random = makeRandom(1);
  try {
    await Promise.all(ids.map((connectionId) => refreshes.refresh({ connectionId })));
    let isOver = false;
    let signals = 0;
    const keepBusy = async (): Promise<void> => {
      while (!isOver) {
        const id = ids[random.below(RUNS)] ?? '';
        const eventId = `news-${signals++}`;
        await client.workflow
          .getHandle(refreshWorkflowId(id))
          .signal(connectionStatusChanged, { eventId, occurredAt: new Date().toISOString() });
        // As fast as the worker replays, so that it is always in the middle of it.
        await pause(50);
      }
    };
    const busy = Array.from({ length: SIGNALS_AT_ONCE }, keepBusy);
    for (let freeze = 0; freeze < FREEZES; freeze++) {
      await pause(500 + random.below(1_000));
      child.kill('SIGSTOP');
      await pause(FROZEN_MS);
      child.kill('SIGCONT');
    }
    isOver = true;
    await Promise.all(busy);

    const last = Date.now();
    await Promise.all(
      ids.map((connectionId) =>
        client.workflow.getHandle(refreshWorkflowId(connectionId)).signal(connectionStatusChanged, {
          eventId: `last-${connectionId}`,
          occurredAt: new Date().toISOString(),
        }),
      ),
    );
    const settled = async (id: string): Promise<boolean> => {
      const { raw } = await client.workflow.getHandle(refreshWorkflowId(id)).describe();
      return !raw.pendingWorkflowTask;
    };
    await until(
      'no workflow task is left',
      async () => ((await Promise.all(ids.map(settled))).every(Boolean) ? true : null),
      300_000,
    );
    const settledMs = Date.now() - last;

    let foreign = 0;
    const failures: string[] = [];
    const ended: string[] = [];
    for (const id of ids) {
      const handle = client.workflow.getHandle(refreshWorkflowId(id));
      const { events = [] } = await handle.fetchHistory();
      for (const event of events ?? []) {
        foreign += connectionsIn(event).filter((connectionId) => connectionId !== id).length;
        if (event.eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED) {
          failures.push(`${id}: ${event.workflowTaskFailedEventAttributes?.failure?.message}`);
        }
      }
      const { status } = await handle.describe();
      if (status.name !== 'RUNNING') ended.push(`${id}: ${status.name}`);
    }
    const interrupted = output().split('Script execution timed out').length - 1;
    const nonDeterminism = output().split('TMPRL1100').length - 1;
    process.stdout.write(
      `${JSON.stringify({ freezes: FREEZES, runs: RUNS, signals, foreign, failures: failures.length, interrupted, nonDeterminism, settledMs })}\n${failures.slice(0, 10).join('\n')}\n`,
    );
    expect(foreign).toBe(0);
    expect(ended).toEqual([]);
  } finally {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await once(child, 'close').catch(() => undefined);
    await connection.close();
    await server.stop();
  }
});

/** The connections that an activity of this event is to read or to pay for. */
function connectionsIn({ activityTaskScheduledEventAttributes: scheduled }: Event): readonly string[] {
  return (scheduled?.input?.payloads ?? []).flatMap((payload) => {
    const input: unknown = defaultPayloadConverter.fromPayload(payload);
    const id: unknown = Reflect.get(Object(input), 'connectionId');
    return typeof id === 'string' ? [id] : [];
  });
}
