import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { PROBLEMS } from '../../../src/server/problems/problem';
import { API_KEY, aServer, closeServers, type AServer } from '../server/a-server';
import type { Json } from '../server/json';
import { codeBlocks, REPOSITORY } from './code-blocks';

const page = readFileSync(path.join(REPOSITORY, 'docs/http-api.md'), 'utf8');
const blocks = codeBlocks('docs/http-api.md');
const run = promisify(execFile);

let server: AServer;
let document: Json;
beforeAll(async () => {
  server = await aServer();
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  document = server.app.swagger();
});
afterAll(closeServers);

/** Operation id, method and path of every call in the served OpenAPI document. */
const operations = (): { id: string; call: string; operation: Json }[] =>
  Object.entries<Json>(document.paths).flatMap(([route, methods]) =>
    Object.entries<Json>(methods).map(([method, operation]) => ({
      id: operation.operationId,
      call: `${method.toUpperCase()} ${route}`,
      operation,
    })),
  );

test.each(
  blocks
    .filter(({ info }) => info[0] === 'json')
    .map((block) => [block.info.slice(1).join(' '), block] as const),
)('the JSON of %s is the first example that the served OpenAPI document has of it', (_name, block) => {
  const [, kind, id, status] = block.info;
  const { operation } = operations().find((one) => one.id === id) ?? {};
  const { content } = kind === 'request' ? operation.requestBody : operation.responses[status!];
  const [example] = Object.values<Json>(Object.values<Json>(content)[0].examples);
  const { value } = example.$ref ? document.components.examples[example.$ref.split('/').at(-1)] : example;
  expect(JSON.parse(block.code)).toEqual(value);
});

test('the request of the page is taken as it stands', async () => {
  const body = blocks.find(({ info }) => info[1] === 'request')!.code;
  const { statusCode } = await server.app.inject({
    method: 'POST',
    url: '/v1/connections/another/refreshes',
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
    body,
  });
  expect(statusCode).toBe(202);
});

test('every shell block runs, in its order', async () => {
  const { port } = server.app.server.address() as AddressInfo;
  const scripts = blocks.filter(({ info }) => info[0] === 'sh');
  expect(scripts.length).toBeGreaterThan(2);
  const env = { PATH: process.env['PATH'], MELD_REFRESH_URL: `http://127.0.0.1:${port}`, API_KEY };
  for (const { code } of scripts) {
    // Who waits for the end is not kept waiting.
    const ending = setInterval(() => {
      if (server.refreshes.waiting() > 0) server.refreshes.end('connection-1');
    }, 20);
    try {
      await run('bash', ['-euo', 'pipefail', '-c', code], { env, timeout: 20_000 });
    } finally {
      clearInterval(ending);
    }
  }
});

test('it lists every problem with its status, and no other', () => {
  const listed = [...page.matchAll(/^\| `([a-z-]+)` *\| (\d{3}) +\|/gm)].map(([, kind, status]) => [
    kind,
    Number(status),
  ]);
  expect(listed).toEqual(Object.entries(PROBLEMS).map(([kind, { status }]) => [kind, status]));
});

test('it names every call', () => {
  for (const { call } of operations()) {
    if (call.includes('/codec/')) continue; // for the Temporal UI alone: docs/security.md
    expect(page).toContain(`\`${call}\``);
  }
});

test.each(['Refresh', 'ListedRefresh'])('it names every field of a %s', (schema) => {
  for (const field of Object.keys(document.components.schemas[schema].properties)) {
    expect(page).toMatch(new RegExp(`["\`.]${field}["\`:]`));
  }
});
