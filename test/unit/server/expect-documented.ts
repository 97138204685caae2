import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import type { FastifyInstance } from 'fastify';
import type { Json } from './json';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const ajv = new Ajv2020({ strict: false, formats: { 'date-time': INSTANT } });
const compiled = new Map<string, ValidateFunction>();

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly body: unknown;
}

/** Fails when the answer is not one that the document lists for that call, in status, content type and shape. */
export function expectDocumented(
  app: FastifyInstance,
  { method, url }: { readonly method: string; readonly url: string },
  answer: Answered,
): void {
  // No route, no operation: what a path looks like and how the router reads it may differ.
  if (/urn:meld-refresh:problem:(no-such-route|method-not-allowed)/.test(answer.text)) return;
  const document: Json = app.swagger();
  // As `inject` resolves it, and without the trailing slash, which changes nothing.
  const path = new URL(url, 'http://localhost').pathname.replace(/(?<=.)\/$/, '');
  // The docs, which are none of the API's operations.
  if (path === '/' || path === '/docs') return;
  const [pattern, methods] = findPath(document, path);
  const operation = methods?.[method.toLowerCase()];
  const where = `${method} ${pattern ?? path.slice(0, 100)} ${answer.status}`;
  if (operation === undefined) {
    expect([where, answer.body]).toEqual([where, expect.objectContaining({ status: answer.status })]);
    return;
  }
  const response = operation.responses[answer.status];
  expect([where, response]).toEqual([where, expect.objectContaining({ description: expect.any(String) })]);
  const mediaType = String(answer.headers['content-type']).split(';')[0]!;
  expect([where, Object.keys(response.content)]).toEqual([where, [mediaType]]);
  const validate = validatorOf(response.content[mediaType].schema, document);
  validate(answer.body ?? answer.text);
  expect([where, validate.errors]).toEqual([where, null]);
}

function findPath(document: Json, path: string): [string, Json] | [undefined, undefined] {
  // As the router does: a path without parameters goes before one with them.
  const patterns = Object.keys(document.paths).sort((a, b) => a.split('{').length - b.split('{').length);
  const pattern = patterns.find((one) => new RegExp(`^${one.replace(/\{\w+\}/g, '[^/]+')}$`).test(path));
  return pattern === undefined ? [undefined, undefined] : [pattern, document.paths[pattern]];
}

function validatorOf(schema: object, { components }: Json): ValidateFunction {
  const key = JSON.stringify([schema, components]);
  const known = compiled.get(key) ?? ajv.compile({ ...schema, components });
  compiled.set(key, known);
  return known;
}
