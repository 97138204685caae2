import type { Payload } from '@temporalio/common';
import { z } from 'zod';
import { PayloadUnreadableError } from '../../temporal/encryption-codec';
import { jsonAnswer, problemAnswers } from '../schemas/responses';
import { TAGS } from '../schemas/openapi';
import { ProblemError } from '../problems/problem';
import type { Api, CodecSettings, RouteDeps } from '../server-deps';

/** Bytes as protobuf's JSON writes them; it may read the URL-safe alphabet and missing padding, and so may this. */
const bytes = z
  .string()
  .regex(/^[\w+/-]*={0,2}$/, { error: 'expected base64' })
  .meta({ description: 'Base64.' });

const payload = z.object({
  metadata: z.record(z.string(), bytes).exactOptional(),
  data: bytes.exactOptional(),
});
type PayloadJson = z.output<typeof payload>;

const payloads = z.object({ payloads: z.array(payload) });

const ROUTES = [
  { url: '/codec/encode', does: 'encode', operationId: 'encodePayloads', summary: 'Encrypt payloads' },
  { url: '/codec/decode', does: 'decode', operationId: 'decodePayloads', summary: 'Decrypt payloads' },
] as const;

export const CODEC_URLS: readonly string[] = ROUTES.map(({ url }) => url);

/**
 * `POST /codec/encode` and `/codec/decode`: Temporal's remote codec (samples-go, codec-server/protocol.md), for its UI
 * and its command line.
 */
export function codecRoutes(app: Api, { codec }: CodecSettings, { limits }: RouteDeps): void {
  for (const { url, does, operationId, summary } of ROUTES) {
    app.route({
      method: 'POST',
      url,
      bodyLimit: limits.codecBodyBytes,
      schema: {
        operationId,
        tags: [TAGS.operations],
        summary,
        description: 'Temporal’s remote codec, for the codec endpoint of its UI and its command line.',
        security: [{ apiKey: [] }],
        body: payloads,
        response: {
          200: jsonAnswer('As many payloads, in the same order.', payloads),
          ...problemAnswers(
            'invalid-request',
            'unauthorized',
            'origin-not-allowed',
            'payload-too-large',
            'unsupported-media-type',
            'payload-unreadable',
            'rate-limited',
            'headers-too-large',
            'internal',
            'shutting-down',
          ),
        },
      },
      handler: async (request) => {
        const given = request.body.payloads.map(fromJson);
        const made = await codec[does](given).catch((error: unknown) => {
          if (!(error instanceof PayloadUnreadableError)) throw error;
          request.log.warn({ event: 'payload_unreadable', keyId: error.keyId }, 'payload unreadable');
          throw new ProblemError('payload-unreadable', error.message, { cause: error });
        });
        return { payloads: made.map(toJson) };
      },
    });
  }
}

function fromJson({ metadata = {}, data = '' }: PayloadJson): Payload {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
    ),
    data: Buffer.from(data, 'base64'),
  };
}

function toJson({ metadata, data }: Payload): PayloadJson {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
    ),
    data: Buffer.from(data ?? []).toString('base64'),
  };
}
