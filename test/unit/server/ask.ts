import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { expectDocumented } from './expect-documented';
import type { Json } from './json';

type Question = InjectOptions & { readonly url: string };

export interface Answer {
  readonly status: number;
  readonly headers: LightMyRequestResponse['headers'];
  readonly text: string;
  /** Parsed when it is JSON of any kind, else `undefined`. */
  readonly body: Json;
}

/** Sends a request, and holds the answer against the served OpenAPI document, whatever the test is about. */
export async function ask(app: FastifyInstance, request: Question): Promise<Answer> {
  const { statusCode: status, headers, body: text } = await app.inject(request);
  const json = String(headers['content-type']).includes('json');
  const answer = { status, headers, text, body: json ? JSON.parse(text) : undefined };
  expectDocumented(app, { method: request.method ?? 'GET', url: request.url }, answer);
  return answer;
}
