import { requireOptional } from '../lib/require-optional';

requireOptional('The worker', ['worker']);
