import Ajv2020 from 'ajv/dist/2020';
import { SCENARIO_NAMES } from '../../../../src/simulator/scenarios/scenarios';
import { AUTHORIZED, aServer, aWebhook, closeServers, signed } from '../a-server';
import { ask } from '../ask';
import type { Json } from '../json';

afterEach(closeServers);

const CONNECTION = '/v1/connections/connection-1';
const RUN = '0198f3a6-5f0e-7c1d-9a55-000000000000';

// Every operation answered well, one after the other on one server; `ask` holds each answer against the document.
const CALLS = [
  ['startRefresh', { method: 'POST', url: `${CONNECTION}/refreshes` }, 202],
  ['getLatestRefresh', { method: 'GET', url: `${CONNECTION}/refreshes/latest` }, 200],
  ['getRefresh', { method: 'GET', url: `${CONNECTION}/refreshes/${RUN}` }, 200],
  ['cancelLatestRefresh', { method: 'DELETE', url: `${CONNECTION}/refreshes/latest` }, 202],
  ['listConnectionRefreshes', { method: 'GET', url: '/v1/connections/connection-1/refreshes' }, 200],
  ['refreshCustomer', { method: 'POST', url: '/v1/customers/customer-1/refreshes' }, 202],
  ['listRefreshes', { method: 'GET', url: '/v1/refreshes?limit=1' }, 200],
  ['repairConnection', { method: 'POST', url: `${CONNECTION}/repair` }, 200],
  ['receiveMeldWebhook', { method: 'POST', url: '/webhooks/meld', payload: aWebhook() }, 200],
  ['getHealth', { method: 'GET', url: '/healthz' }, 200],
  ['getReadiness', { method: 'GET', url: '/readyz' }, 200],
  ['getMetrics', { method: 'GET', url: '/metrics' }, 200],
  ['getOpenapi', { method: 'GET', url: '/openapi.json' }, 200],
] as const;

async function served() {
  const server = await aServer();
  const { body } = await ask(server.app, { url: '/openapi.json' });
  const operations = Object.entries<Json>(body.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  return { ...server, document: body, operations };
}

test('every documented operation answers as documented', async () => {
  const { app, operations } = await served();
  for (const [name, call, status] of CALLS) {
    const headers = { ...AUTHORIZED, ...signed('payload' in call ? call.payload : '') };
    expect([name, (await ask(app, { ...call, headers })).status]).toEqual([name, status]);
  }
  expect(CALLS.map(([name]) => name).sort()).toEqual(
    operations.map(({ operation }) => operation.operationId).sort(),
  );
});

test('no optional parameter has an example: the page of the reference would send it for everyone', async () => {
  const { operations } = await served();
  const prefilled = operations.flatMap(({ operation: { operationId, parameters = [] } }) =>
    parameters
      .filter(
        ({ required, example, examples, schema }: Json) =>
          !required && (example ?? examples ?? schema.default),
      )
      .map(({ name }: Json) => [operationId, name]),
  );
  expect(prefilled).toEqual([]);
});

test('the page of the reference prefills what runs on the demo, and nothing that names a customer or a run of others', async () => {
  const { operations } = await served();
  const prefilled = operations.flatMap(({ operation: { parameters = [] } }) =>
    parameters.flatMap(({ name, schema, example, examples }: Json) => {
      const [value] = [example, ...Object.values(examples ?? schema.examples ?? {})].filter(Boolean);
      return value === undefined ? [] : [`${name}=${String(value)}`];
    }),
  );
  expect(new Set(prefilled)).toEqual(new Set(['connectionId=healthy']));
  expect(SCENARIO_NAMES).toContain('healthy');
  const bodies = operations
    .filter(({ path }) => path.startsWith('/v1/'))
    .flatMap(({ operation }) => Object.values<Json>(operation.requestBody?.content ?? {}));
  expect(bodies).toHaveLength(2);
  for (const { examples, schema } of bodies) {
    expect(JSON.stringify([examples, schema.examples ?? []])).not.toContain('customerId');
  }
});

test('every route is documented', async () => {
  const { app, operations } = await served();
  const documented = operations.map(({ method, path }) => [
    method.toUpperCase(),
    path.replace(/\{(\w+)\}/g, ':$1'),
  ]);
  for (const [method, url] of documented)
    expect([url, app.hasRoute({ method, url } as Json)]).toEqual([url, true]);
  const routes = app.printRoutes({ commonPrefix: false, includeHooks: false }).split('── docs')[0]!;
  const count = routes.match(/\((GET|POST|PUT|PATCH|DELETE)/g)!.length;
  // DELETE and GET of the latest share a line; `/` only leads to the documentation, whose lines come last.
  expect(count).toBe(new Set(operations.map(({ path }) => path)).size + 1);
});

describe('the document', () => {
  test('is OpenAPI 3.1 with a license, and with a security scheme for callers and one for Meld', async () => {
    const { document } = await served();
    expect(document.openapi).toBe('3.1.0');
    expect(document.info.license.name).toBe('Apache-2.0');
    expect(Object.keys(document.components.securitySchemes)).toEqual(['apiKey', 'meldSignature']);
  });

  test('resolves every reference', async () => {
    const { document } = await served();
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(50);
    for (const [, name] of references) expect(document.components.schemas).toHaveProperty(name!);
  });

  test('holds no schema that nothing refers to', async () => {
    const { document } = await served();
    for (const name of Object.keys(document.components.schemas)) {
      expect(JSON.stringify(document)).toContain(`#/components/schemas/${name}"`);
    }
  });

  test('tells of every operation what it is for, who may call it and how it can fail', async () => {
    const { document, operations } = await served();
    const tags = document.tags.map((tag: Json) => tag.name);
    for (const { path, operation } of operations) {
      expect([path, operation.summary]).toEqual([path, expect.stringMatching(/^[A-Z].{5,}[^.]$/)]);
      expect(tags).toContain(operation.tags[0]);
      const scheme = path === '/webhooks/meld' ? 'meldSignature' : 'apiKey';
      const closed = path === '/metrics' || path.startsWith('/v1/') || path.startsWith('/webhooks/');
      expect([path, operation.security]).toEqual([path, closed ? [{ [scheme]: [] }] : []]);
      expect(Object.keys(operation.responses).some((status) => status.startsWith('4'))).toBe(true);
      for (const [status, response] of Object.entries<Json>(operation.responses)) {
        expect([path, status, response.description]).toEqual([path, status, expect.stringMatching(/^[A-Z]/)]);
        const types = Object.keys(response.content);
        if (Number(status) >= 400)
          expect([path, status, types]).toEqual([path, status, ['application/problem+json']]);
      }
    }
  });

  test('names every parameter of a path and describes every parameter', async () => {
    const { operations } = await served();
    for (const { path, operation } of operations) {
      const inPath = (operation.parameters ?? [])
        .filter((one: Json) => one.in === 'path')
        .map((one: Json) => one.name);
      expect([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)).toEqual(inPath);
      for (const parameter of operation.parameters ?? []) {
        expect([path, parameter.name, parameter.description]).toEqual([
          path,
          parameter.name,
          expect.stringMatching(/\w/),
        ]);
      }
    }
  });

  test('does not ask for a body where none is needed', async () => {
    const { operations } = await served();
    const bodies = operations.filter(({ operation }) => operation.requestBody !== undefined);
    expect(bodies.map(({ operation }) => [operation.operationId, operation.requestBody.required])).toEqual([
      ['startRefresh', false],
      ['refreshCustomer', false],
      // The signature is of the body.
      ['receiveMeldWebhook', undefined],
    ]);
  });

  test('has an example for every body of a request and an answer, and each is as its schema has it', async () => {
    const { app } = await aServer({
      codec: { codec: { encode: async () => [], decode: async () => [] }, origins: [] },
    });
    await app.ready();
    const document: Json = app.swagger();
    const ajv = new Ajv2020({
      strict: false,
      formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/ },
    });
    const operations = Object.values<Json>(document.paths).flatMap((methods) => Object.values<Json>(methods));
    for (const { operationId, requestBody, responses } of operations) {
      const bodies = [['request', requestBody], ...Object.entries<Json>(responses)] as [string, Json][];
      for (const [body, { content } = { content: {} }] of bodies) {
        for (const { schema, examples } of Object.values<Json>(content)) {
          const validate = ajv.compile({ ...schema, components: document.components });
          const shown = Object.values<Json>(examples).map(({ $ref, value }) =>
            $ref === undefined ? value : document.components.examples[$ref.split('/').at(-1)].value,
          );
          expect([operationId, body, shown.length > 0]).toEqual([operationId, body, true]);
          for (const value of shown) {
            validate(value);
            expect([operationId, body, value, validate.errors]).toEqual([operationId, body, value, null]);
          }
        }
      }
    }
  });
});
