import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client, type Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { checkTemporal } from '../../src/temporal/check-temporal';
import { registerSearchAttributes } from '../../src/temporal/register-search-attributes';
import { searchAttributes } from '../../src/workflows/messages';
import { until } from './support/until';
import { connectClient } from '../../src/temporal/connect';
import { startDevServer, type DevServer } from '../../src/dev/temporal-server/dev-server';
import { freePort } from '../../src/dev/free-port';
import { resolveTemporalCli } from '../../src/dev/temporal-server/temporal-cli';

const run = promisify(execFile);

let server: DevServer;
let connection: Connection;
let searchPath: string;
beforeAll(async () => {
  server = await startDevServer({ ui: 'off' });
  connection = await connectClient(server.target);
  searchPath = `${path.dirname(await resolveTemporalCli())}${path.delimiter}${process.env['PATH']}`;
});
afterAll(async () => {
  await connection.close();
  await server.stop();
});

/** The script as the container runs it: `sh`, the CLI on PATH, and variables. */
function setUp(env: NodeJS.ProcessEnv): Promise<{ stdout: string; stderr: string }> {
  const all = { ...process.env, PATH: searchPath, TEMPORAL_ADDRESS: server.address, ...env };
  return run('sh', ['deploy/setup-temporal.sh'], { env: all, timeout: 50_000 });
}

test('makes a bare Temporal ready, and changes nothing when it runs again', async () => {
  const target = { ...server.target, namespace: 'refreshes' };
  await expect(checkTemporal(connection, target)).rejects.toThrow('has no namespace "refreshes"');

  const first = await setUp({ TEMPORAL_NAMESPACE: 'refreshes' });
  expect(first.stdout).toContain('namespace refreshes and its search attributes are there');
  expect(await checkTemporal(connection, target)).toEqual({ searchAttributes: 'present' });

  const second = await setUp({ TEMPORAL_NAMESPACE: 'refreshes' });
  expect(second.stdout).not.toContain('have been added');
  expect(await checkTemporal(connection, target)).toEqual({ searchAttributes: 'present' });
});

test('a refresh can start in a namespace as soon as its search attributes have been made', async () => {
  const namespace = 'another';
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  const client = new Client({ connection, namespace });
  const start = () =>
    client.workflow.start('refreshConnection', {
      taskQueue: 'nobody',
      workflowId: 'refresh-connection-1',
      typedSearchAttributes: [{ key: searchAttributes.connectionId, value: '1' }],
    });
  // What the server lacks it remembers for a while.
  await until('Temporal knows the namespace', async () => {
    const refusal: unknown = await start().catch((error: unknown) => error);
    return JSON.stringify(refusal).includes('has no mapping') ? true : null;
  });
  expect(await registerSearchAttributes(connection, namespace)).toHaveLength(5);
  await start();
});

test('refuses a search attribute of another type, with the command that removes it', async () => {
  const env = {
    ...process.env,
    PATH: searchPath,
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_NAMESPACE: 'mistyped',
  };
  const cli = (...args: string[]) =>
    run('temporal', ['operator', ...args, '--namespace', 'mistyped'], { env });
  await setUp({ TEMPORAL_NAMESPACE: 'mistyped' });
  await cli('search-attribute', 'remove', '--name', 'MeldProvider', '--yes');
  await cli('search-attribute', 'create', '--name', 'MeldProvider', '--type', 'Int');

  await expect(setUp({ TEMPORAL_NAMESPACE: 'mistyped' })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('temporal operator search-attribute remove --name MeldProvider'),
  });
});

test('gives up with a reason when Temporal does not come up in time', async () => {
  const nobody = `127.0.0.1:${await freePort()}`;
  await expect(setUp({ TEMPORAL_ADDRESS: nobody, WAIT_SECONDS: '1' })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('gave up on: temporal operator cluster health'),
  });
});
