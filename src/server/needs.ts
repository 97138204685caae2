import { requireOptional } from '../lib/require-optional';

requireOptional(
  'The server',
  [
    'fastify',
    '@fastify/rate-limit',
    '@fastify/swagger',
    '@fastify/swagger-ui',
    'fastify-type-provider-zod',
    'prom-client',
  ],
  require.resolve,
);
