import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** A full collection, now: what is held weakly goes. */
export const collectGarbage: () => void = runInNewContext('gc');
