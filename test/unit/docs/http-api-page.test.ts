import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import Ajv2020 from 'ajv/dist/2020';
import { PROBLEMS } from '../../../src/server/problems/problem';
import { API_KEY, aServer, closeServers } from '../server/a-server';
import type { AServer } from '../server/a-server';
import type { Json } from '../server/json';
import { codeBlocks, REPOSITORY } from './code-blocks';

const page = readFileSync(path.join(REPOSITORY, 'docs/http-api.md'), 'utf8');
const blocks = codeBlocks('docs/http-api.md');
const run = promisify(execFile);

let server: AServer;
let document: Json;
let ajv: Ajv2020;
beforeAll(async () => {
  server = await aServer();
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  document = server.app.swagger();
  ajv = new Ajv2020({ strict: false, formats: { 'date-time': true } });
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

const errorsOf = (schema: object, value: unknown): unknown => {
  const validate = ajv.compile({ ...schema, components: document.components });
  validate(value);
  return validate.errors;
};

test.each(
  blocks
    .filter(({ info }) => info[0] === 'json')
    .map((block) => [block.info.slice(1).join(' '), block] as const),
)(
  'the JSON of %s is as the served OpenAPI document has it',
  (_name, { info: [, kind, id, status], code }) => {
    const { operation } = operations().find((one) => one.id === id) ?? {};
    const content = kind === 'request' ? operation.requestBody.content : operation.responses[status!].content;
    const [{ schema }] = Object.values<Json>(content);
    expect(errorsOf(schema, JSON.parse(code))).toBeNull();
    expect(errorsOf(schema, { unheardOf: true })).not.toBeNull();
  },
);

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
