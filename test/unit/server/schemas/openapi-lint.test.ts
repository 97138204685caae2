import { createConfig, lintFromString } from '@redocly/openapi-core';
import { aServer, closeServers } from '../a-server';

afterEach(closeServers);

const problemsOf = async (document: unknown): Promise<readonly string[]> => {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source: JSON.stringify(document), config });
  return problems.map(
    ({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer ?? ''}: ${message}`,
  );
};

test('the served document follows the recommended rules of OpenAPI', async () => {
  const { app } = await aServer();
  const { body } = await app.inject({ url: '/openapi.json' });
  expect(await problemsOf(JSON.parse(body))).toEqual([]);
});

test('the rules bite: a document with a broken reference does not', async () => {
  const { app } = await aServer();
  const { body } = await app.inject({ url: '/openapi.json' });
  const broken = body.replaceAll('#/components/schemas/RefreshResult', '#/components/schemas/Missing');
  expect(await problemsOf(JSON.parse(broken))).toContainEqual(expect.stringContaining('no-unresolved-refs'));
});
