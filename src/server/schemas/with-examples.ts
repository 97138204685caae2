import { z } from 'zod';
import { PROBLEM_JSON, problemType, toProblemDocument, type ProblemKind } from '../problems/problem';
import { EXAMPLES } from './examples';
import { PROBLEM_EXAMPLES } from './problem-examples';

const content = z.record(z.string(), z.looseObject({ schema: z.unknown() }));
const operation = z.looseObject({
  operationId: z.string(),
  requestBody: z.looseObject({ content }).exactOptional(),
  responses: z.record(z.string(), z.looseObject({ description: z.string(), content })),
});
const openapi = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({}),
});

type Content = z.output<typeof content>;
type Operation = z.output<typeof operation>;

/** Of a body that no schema may read before its signature is checked. */
const RAW: Content = { 'application/json': { schema: { type: 'object' } } };

/** Paths and components of an OpenAPI document, with examples for every body. Throws when it is not like ours. */
export function withExamples(document: object): z.output<typeof openapi> {
  const { paths, components } = openapi.parse(document);
  const text = JSON.stringify(paths);
  const met = PROBLEM_EXAMPLES.filter(({ kind }) => text.includes(named(kind)));
  const problems = met.map((problem) => [problem.kind, shown(toProblemDocument(problem, '3f1c'))] as const);
  return {
    paths: mapped(paths, (methods) => mapped(methods, addExamples)),
    components: { ...components, examples: Object.fromEntries(problems) },
  };
}

function addExamples(one: Operation): Operation {
  const { request, answers = {} } = EXAMPLES[one.operationId] ?? {};
  const { content: body = RAW, ...rest } = one.requestBody ?? {};
  return {
    ...one,
    ...(request && { requestBody: { ...rest, content: showing(body, mapped(request, shown)) } }),
    responses: mapped(one.responses, (response, status) => {
      const examples =
        PROBLEM_JSON in response.content
          ? problemsIn(response.description)
          : mapped(answers[status] ?? {}, shown);
      return { ...response, content: showing(response.content, examples) };
    }),
  };
}

/** The description of an error names every problem that it may be. */
function problemsIn(description: string): object {
  const met = PROBLEM_EXAMPLES.filter(({ kind }) => description.includes(named(kind)));
  return Object.fromEntries(met.map(({ kind }) => [kind, { $ref: `#/components/examples/${kind}` }]));
}

const named = (kind: ProblemKind): string => `\`${problemType(kind)}\``;

function showing(bodies: Content, examples: object): Content {
  return mapped(bodies, (body) => ({ ...body, examples }));
}

function shown(value: unknown): object {
  return { value };
}

function mapped<T, R>(
  record: Readonly<Record<string, T>>,
  to: (value: T, key: string) => R,
): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value, key)]));
}
