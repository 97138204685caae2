import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities, makeMeldClient } from 'meld-refresh/activities';
import { callsTaskQueue, DEFAULT_TASK_QUEUE } from 'meld-refresh/workflows';

const { TEMPORAL_ADDRESS = 'localhost:7233', MELD_BASE_URL = 'https://api-sb.meld.io' } = process.env;
const { MELD_API_KEY = '', OUTCOME_WEBHOOK_URL, OUTCOME_WEBHOOK_SECRET } = process.env;

async function main(): Promise<void> {
  const connection = await NativeConnection.connect({ address: TEMPORAL_ADDRESS });
  const meld = makeMeldClient({ baseUrl: MELD_BASE_URL, apiKey: MELD_API_KEY });
  const shared = {
    connection,
    activities: createActivities({
      meld,
      ...(OUTCOME_WEBHOOK_URL !== undefined &&
        OUTCOME_WEBHOOK_SECRET !== undefined && {
          outcomeWebhook: { url: OUTCOME_WEBHOOK_URL, secret: OUTCOME_WEBHOOK_SECRET },
        }),
    }),
    // A signal that nobody can decode says nothing: with the SDK's own converter it would stop its run.
    dataConverter: { payloadConverterPath: require.resolve('meld-refresh/payload-converter') },
    // A charged call that is under way is let finish: the Meld client gives up after 20 s.
    shutdownGraceTime: 30_000,
  };
  const refreshes = await Worker.create({
    ...shared,
    taskQueue: DEFAULT_TASK_QUEUE,
    workflowsPath: require.resolve('./workflows'),
  });
  const calls = await Worker.create({ ...shared, taskQueue: callsTaskQueue(DEFAULT_TASK_QUEUE) });
  await Promise.all([refreshes.run(), calls.run()]);
  await meld.close();
  await connection.close();
}

void main();
