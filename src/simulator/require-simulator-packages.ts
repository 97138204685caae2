import { requireOptional } from '../lib/require-optional';

requireOptional('The simulator', ['simulator']);
