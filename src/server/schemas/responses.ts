import type { z } from 'zod';
import { type ProblemKind, PROBLEM_JSON, PROBLEMS, problemDocument, problemType } from '../problems/problem';

/** A JSON answer as Fastify's response schemas take it, with the words that OpenAPI wants. */
export function jsonAnswer<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } };
}

interface ProblemAnswer {
  readonly description: string;
  readonly content: { readonly [PROBLEM_JSON]: { readonly schema: typeof problemDocument } };
}

/** The error answers of a route, one per status, each naming the problems that it may be. */
export function problemAnswers(...kinds: readonly ProblemKind[]): Record<number, ProblemAnswer> {
  const byStatus = new Map<number, ProblemKind[]>();
  for (const kind of kinds) {
    const { status } = PROBLEMS[kind];
    byStatus.set(status, [...(byStatus.get(status) ?? []), kind]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, alike]) => {
      const description = alike
        .map((kind) => `${PROBLEMS[kind].title} (\`${problemType(kind)}\`)`)
        .join('; ');
      return [status, { description, content: { [PROBLEM_JSON]: { schema: problemDocument } } }];
    }),
  );
}

/** What a route that takes a body may answer besides. */
export const BODY_PROBLEMS = ['payload-too-large', 'unsupported-media-type'] as const;

/** What a route that asks Meld may answer besides. */
export const MELD_PROBLEMS = [
  'connection-not-found',
  'meld-rejected',
  'meld-unavailable',
  'meld-access-denied',
] as const;

/** What every route under `/v1` may answer besides its own. */
export const API_PROBLEMS = [
  'invalid-request',
  'unauthorized',
  'uri-too-long',
  'rate-limited',
  'headers-too-large',
  'internal',
  'temporal-rejected',
  'temporal-unavailable',
  'shutting-down',
] as const satisfies readonly ProblemKind[];
