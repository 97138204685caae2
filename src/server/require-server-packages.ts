import { requireOptional } from '../lib/require-optional';

requireOptional('The server', ['server']);
