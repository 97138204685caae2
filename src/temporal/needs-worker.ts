import { requireOptional } from '../lib/require-optional';

requireOptional('The worker', ['@temporalio/worker'], require.resolve);
