import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { connectClient } from '../../src/temporal/connect';
import { startDevServer } from '../../src/dev/temporal-server/dev-server';

const run = promisify(execFile);

/** What a test does with a dev server: kills it and starts it again with the same file, in which a run is still there. */
const COMMAND = `
const { startDevServer } = require('./dist/dev/temporal-server/dev-server.js');
const { connectClient } = require('./dist/temporal/connect.js');
const start = { workflowId: 'w', workflowType: { name: 'any' }, taskQueue: { name: 'q' }, requestId: 'r' };
(async () => {
  for (const dbFile of ['one', 'one']) {
    const server = await startDevServer({ ui: 'off', dbFile });
    const { workflowService, close } = await connectClient(server.target);
    const { namespace } = server;
    const described = { namespace, execution: { workflowId: 'w' } };
    const found = await workflowService.describeWorkflowExecution(described).then(() => 'found', ({ code }) => code);
    if (found !== 'found') await workflowService.startWorkflowExecution({ ...start, namespace });
    console.log(namespace, found);
    process.kill(server.pid, 'SIGKILL');
    await server.exited;
  }
  process.exit();
})();`;

test('each server of a command is a namespace of the Temporal that TEMPORAL_ADDRESS names, gone afterwards', async () => {
  const elsewhere = await startDevServer({ ui: 'off' });
  const connection = await connectClient(elsewhere.target);
  const namespaces = async () =>
    (await connection.workflowService.listNamespaces({})).namespaces.map(
      ({ namespaceInfo }) => namespaceInfo?.name,
    );
  try {
    const before = await namespaces();
    const { stdout } = await run(
      process.execPath,
      ['scripts/postgres/run.mjs', process.execPath, '-e', COMMAND],
      { env: { ...process.env, TEMPORAL_ADDRESS: elsewhere.address } },
    );
    expect(stdout).toBe('default 5\ndefault found\n');
    expect(await namespaces()).toEqual(before);
    const { count } = await connection.workflowService.countWorkflowExecutions({ namespace: 'default' });
    expect(Number(count)).toBe(0);
  } finally {
    await connection.close();
    await elsewhere.stop();
  }
});
