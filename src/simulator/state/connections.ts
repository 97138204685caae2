import { z } from 'zod';
import type { ConnectionState, Duplicates } from './connection';
import { connectionSpec, newConnection } from './connection-spec';
import { MeldError, orNotFound, parseInput } from '../meld-error';
import type { Random } from './random';

export type Connections = ReturnType<typeof makeConnections>;

const specs = z.array(connectionSpec).min(1).max(5_000);

export function makeConnections({ random, now }: { random: Random; now: () => number }) {
  const byId = new Map<string, ConnectionState>();

  /** @throws MeldError 404 */
  const get = (id: string): ConnectionState =>
    orNotFound(byId.get(id), 'There is no connection of that id for this API key.');

  /** The members of its group besides itself. */
  const others = (state: ConnectionState): ConnectionState[] =>
    [...byId.values()].filter((other) => other.group === state.group && other.id !== state.id);

  return {
    /** All or none. @throws MeldError 400 or 409 (an id that is taken). */
    create(input: unknown): ConnectionState[] {
      const made = new Map<string, ConnectionState>();
      for (const spec of parseInput(specs, input)) {
        if (spec.id !== undefined && spec.count > 1) throw new MeldError(400, 'count: only without an id.');
        if (spec.id !== undefined && (byId.has(spec.id) || made.has(spec.id))) {
          throw new MeldError(409, `id: there is a connection ${spec.id} already.`);
        }
        const twin =
          spec.duplicateOf === undefined ? null : (made.get(spec.duplicateOf) ?? get(spec.duplicateOf));
        for (let n = 0; n < spec.count; n += 1) {
          const state = newConnection({ spec, group: twin?.group ?? null, random, nowMs: now() });
          made.set(state.id, state);
        }
      }
      for (const state of made.values()) byId.set(state.id, state);
      return [...made.values()];
    },
    get,
    /** In the order of their creation. */
    all: () => [...byId.values()],
    others,
    duplicatesOf(state: ConnectionState): Duplicates {
      const rest = others(state);
      if (rest.length === 0) return { activeId: null, otherIds: null };
      const active = [state, ...rest].find((member) => member.statusReason !== 'INACTIVE_DUPLICATE');
      const newestFirst = rest.sort((a, b) => (b.aggregatedAtMs ?? 0) - (a.aggregatedAtMs ?? 0));
      return { activeId: active?.id ?? null, otherIds: newestFirst.map(({ id }) => id) };
    },
    clear: () => byId.clear(),
  };
}
