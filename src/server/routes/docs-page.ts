import { createHash } from 'node:crypto';
import { z } from 'zod';

// What the page shows of an OpenAPI document; the rest of it is one link away.
const shownDocument = z.object({
  info: z.object({ title: z.string(), description: z.string() }),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.lazy(() => shownOperation),
    ),
  ),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

const content = z.record(z.string(), z.object({ schema: z.unknown() }));

const shownOperation = z.object({
  operationId: z.string(),
  summary: z.string(),
  description: z.string().optional(),
  tags: z.array(z.string()),
  security: z.array(z.record(z.string(), z.unknown())),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().optional(),
        description: z.string().optional(),
        schema: z.unknown(),
      }),
    )
    .optional(),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content: content.optional() })),
});

type Operation = z.output<typeof shownOperation>;

const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
code, pre { font: 0.875em/1.45 ui-monospace, monospace; }
pre { overflow-x: auto; padding: 0.75rem; border: 1px solid var(--line); border-radius: 0.4rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 1rem 0.3rem 0; border-top: 1px solid var(--line); }
details { border: 1px solid var(--line); border-radius: 0.4rem; padding: 0.5rem 0.75rem; margin: 0.5rem 0; }
summary { cursor: pointer; } summary b { display: inline-block; min-width: 4.5rem; }
`;

export interface DocsPage {
  readonly html: string;
  /** Allows this page's own style, and nothing else whatsoever. */
  readonly contentSecurityPolicy: string;
}

/** The OpenAPI document as one page: no script, nothing fetched. Throws when the document is not like ours. */
export function renderDocsPage(openapi: unknown): DocsPage {
  const { info, tags, paths, components } = shownDocument.parse(openapi);
  const sections = tags.map(({ name, description }) => {
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, operation]) => operation.tags.includes(name))
        .map(([method, operation]) => renderOperation(method.toUpperCase(), path, operation)),
    );
    return `<h2>${escape(name)}</h2><p>${words(description)}</p>${operations.join('')}`;
  });
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<details id="${escape(name)}"><summary><code>${escape(name)}</code></summary>${renderSchema(schema)}</details>`,
  );
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>${escape(info.title)}</title><style>${STYLE}</style></head>
<body><h1>${escape(info.title)}</h1><p>${words(info.description)}</p>
<p>For machines: <a href="openapi.json">openapi.json</a></p>${sections.join('')}<h2>Schemas</h2>${schemas.join('')}
</body></html>`;
  const styleHash = createHash('sha256').update(STYLE).digest('base64');
  return { html, contentSecurityPolicy: `default-src 'none'; style-src 'sha256-${styleHash}'` };
}

function renderOperation(method: string, path: string, operation: Operation): string {
  const { operationId, summary, description, security, parameters = [], requestBody, responses } = operation;
  const key = security.some((scheme) => 'apiKey' in scheme) ? '<p>Needs an API key.</p>' : '';
  const rows = parameters.map(
    (one) =>
      `<tr><td><code>${escape(one.name)}</code></td><td>${escape(one.in)}${one.required === true ? '' : ', optional'}</td>` +
      `<td>${words(one.description ?? '')}</td></tr>`,
  );
  const body = Object.values(requestBody?.content ?? {}).map(
    ({ schema }) => `<h4>Body</h4>${renderSchema(schema)}`,
  );
  const answers = Object.entries(responses).map(
    ([status, answer]) =>
      `<tr><td><code>${escape(status)}</code></td><td>${words(answer.description)}</td><td>${linked(answer.content)}</td></tr>`,
  );
  return `<details id="${escape(operationId)}"><summary><b>${method}</b> <code>${escape(path)}</code> – ${words(summary)}</summary>
<p>${words(description ?? '')}</p>${key}${rows.length === 0 ? '' : `<h4>Parameters</h4><table>${rows.join('')}</table>`}
${body.join('')}<h4>Answers</h4><table>${answers.join('')}</table></details>`;
}

/** The names of the schemas an answer may have, as links. */
function linked(contents: Operation['responses'][string]['content']): string {
  return Object.values(contents ?? {})
    .flatMap(({ schema }) => [...JSON.stringify(schema).matchAll(/#\/components\/schemas\/(\w+)/g)])
    .map(([, name = '']) => `<a href="#${name}">${name}</a>`)
    .join(', ');
}

function renderSchema(schema: unknown): string {
  const json = escape(JSON.stringify(schema, null, 2));
  return `<pre>${json.replace(/#\/components\/schemas\/(\w+)/g, '<a href="#$1">$1</a>')}</pre>`;
}

/** A sentence in which backticks mark code. */
function words(text: string): string {
  return escape(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
