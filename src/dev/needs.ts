import { requireOptional } from '../lib/require-optional';

requireOptional(
  'The stack of Temporal, worker, server and simulator',
  [
    '@temporalio/worker',
    'fastify',
    '@fastify/rate-limit',
    '@fastify/swagger',
    'fastify-type-provider-zod',
    'prom-client',
  ],
  require.resolve,
);
