import type { Schedule } from '../time/schedule';
import { toMeldConnection, type ConnectionState, type MeldConnection } from '../state/connection';
import type { CallReply } from './refresh';
import type { Connections } from '../state/connections';
import { plannedError } from '../meld-error';

export function makeConnectionReader(deps: {
  readonly connections: Connections;
  readonly schedule: Schedule;
  readonly accountId: string;
}) {
  const { connections, schedule, accountId } = deps;

  /** The truth, whatever the plan says of reads. */
  const view = (state: ConnectionState): MeldConnection => {
    schedule.catchUp(state.id);
    return toMeldConnection(state, connections.duplicatesOf(state), accountId);
  };

  return {
    view,
    /** One GET, as the plan answers it. @throws MeldError */
    read(connectionId: string): CallReply {
      const state = connections.get(connectionId);
      const { reads } = state.plan;
      const step = reads[Math.min(state.reads, reads.length - 1)];
      state.reads += 1;
      if (step?.read === 'error') throw plannedError(step.status);
      if (step?.read === 'cut' || step?.read === 'garbled') return { reply: step.read };
      return { reply: 'answered', body: view(state) };
    },
  };
}
