import type { MeldClient } from '../meld/meld-client';
import type { Activities } from './activities';
import { makeReadConnection } from './read-connection';
import { makeRequestRefresh } from './request-refresh';

export interface ActivityDependencies {
  readonly meld: Pick<MeldClient, 'getConnection' | 'refresh'>;
}

/** The activities as a worker registers them. */
export function createActivities({ meld }: ActivityDependencies): Activities {
  return {
    readConnection: makeReadConnection(meld),
    requestRefresh: makeRequestRefresh(meld),
  };
}
