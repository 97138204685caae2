import type { Schedule } from '../time/schedule';
import { toMeldConnection, type ConnectionState, type MeldConnection } from '../state/connection';
import type { Connections } from '../state/connections';
import { plannedError } from '../meld-error';

export type ReadReply =
  | { readonly reply: 'found'; readonly body: MeldConnection }
  | { readonly reply: 'cut' }
  | { readonly reply: 'garbled' };

export interface ConnectionReader {
  /** One GET, as the plan answers it. @throws MeldError */
  read(connectionId: string): ReadReply;
  /** The truth, whatever the plan says of reads. */
  readonly view: (state: ConnectionState) => MeldConnection;
}

export function makeConnectionReader(deps: {
  readonly connections: Connections;
  readonly schedule: Schedule;
  readonly accountId: string;
}): ConnectionReader {
  const { connections, schedule, accountId } = deps;

  const view = (state: ConnectionState): MeldConnection => {
    schedule.catchUp(state.id);
    return toMeldConnection(state, connections.duplicatesOf(state), accountId);
  };

  return {
    view,
    read(connectionId) {
      const state = connections.get(connectionId);
      const { reads } = state.plan;
      const step = reads[Math.min(state.reads, reads.length - 1)];
      state.reads += 1;
      if (step?.read === 'error') throw plannedError(step.status);
      if (step?.read === 'cut' || step?.read === 'garbled') return { reply: step.read };
      return { reply: 'found', body: view(state) };
    },
  };
}
