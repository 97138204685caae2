import { requireOptional } from '../lib/require-optional';

requireOptional('The stack of Temporal, worker, server and simulator', ['worker', 'server']);
