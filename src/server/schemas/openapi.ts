import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { SIGNATURE_HEADER } from '../../meld/webhooks/verify-signature';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { withExamples } from './with-examples';

export const TAGS = {
  refreshes: 'Refreshes',
  repair: 'Repair',
  webhooks: 'Webhooks',
  operations: 'Operations',
} as const;

const INFO = {
  title: 'meld-refresh',
  version: '1',
  description:
    'Refreshes bank connections through Meld, durably. A refresh is asked for once, and ends with one outcome: ' +
    'fresh data proven to be there, or the reason why not and what to do next.',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

/** Collects the routes registered after it into an OpenAPI 3.1 document, `app.swagger()`. */
export async function registerOpenapi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: INFO,
      servers: [{ url: '/' }],
      tags: [
        {
          name: TAGS.refreshes,
          description: 'Ask for fresh data of a connection, and see what became of it.',
        },
        { name: TAGS.repair, description: 'Hand a customer over to Meld to repair a connection.' },
        { name: TAGS.webhooks, description: 'What Meld calls.' },
        { name: TAGS.operations, description: 'What the people and machines who run this server call.' },
      ],
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'One of the keys in `API_KEYS`.' },
          meldSignature: {
            type: 'apiKey',
            in: 'header',
            name: SIGNATURE_HEADER,
            description: 'Meld’s signature over timestamp, webhook URL and raw body.',
          },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: (input) => {
      const document = jsonSchemaTransformObject(input);
      tidy(document);
      return Object.assign(document, withExamples(document));
    },
  });
}

/**
 * Takes out of a document, in place, what the generators put in for no reader: bounds that every integer has, copies
 * of schemas for a direction that no body goes, and the claim that a body must be there.
 */
function tidy(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (typeof value === 'number' && Math.abs(value) === Number.MAX_SAFE_INTEGER) {
      Reflect.deleteProperty(node, key);
    } else if (key === 'schemas') {
      const schemas = Object(value) as object;
      const inputs = Object.keys(schemas).filter((name) => name.endsWith('Input'));
      for (const name of inputs) Reflect.deleteProperty(schemas, name);
    } else if (key === 'requestBody') {
      Reflect.set(Object(value) as object, 'required', false);
    }
    tidy(value);
  }
}
