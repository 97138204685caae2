import { createHash } from 'node:crypto';
import type { RefreshRequest } from '../../src/refresh/model/request';
import type { Core } from './core';
import { beginning, happenings, type World } from './world';

export interface Found {
  /** Different states, merged by content. */
  readonly states: number;
  /** All orders of so many happenings were searched. */
  readonly depth: number;
  /** Whether every run has ended by that depth: nothing is left to search. */
  readonly isComplete: boolean;
  /** The shortest way to break an invariant. */
  readonly violation: { readonly what: string; readonly trace: readonly string[] } | null;
}

interface Node {
  readonly world: World;
  readonly happened: Happened | null;
}

interface Happened {
  readonly name: string;
  readonly before: Happened | null;
}

/** Breadth first, so that the first violation has the shortest trace. */
export function search(
  core: Core,
  request: Partial<RefreshRequest>,
  { maxDepth, untilMs }: { readonly maxDepth: number; readonly untilMs: number },
): Found {
  const seen = new Set<string>();
  let level: Node[] = [{ world: beginning(core, request), happened: null }];
  let depth = 0;
  const found = (violation: Found['violation'] = null): Found => ({
    states: seen.size,
    depth,
    isComplete: level.length === 0,
    violation,
  });
  while (level.length > 0 && depth < maxDepth) {
    const next: Node[] = [];
    for (const { world, happened } of level) {
      if (Date.now() > untilMs) return found();
      for (const { name, happen } of happenings(world)) {
        const path = { name, before: happened };
        let after: World;
        try {
          after = happen(core);
        } catch (error) {
          return found({
            what: error instanceof Error ? error.message : String(error),
            trace: traceOf(path),
          });
        }
        const key = keyOf(after);
        if (seen.has(key)) continue;
        seen.add(key);
        next.push({ world: after, happened: path });
      }
    }
    level = next;
    depth += 1;
  }
  return found();
}

function traceOf(last: Happened): readonly string[] {
  const names: string[] = [];
  for (let one: Happened | null = last; one !== null; one = one.before) names.unshift(one.name);
  return names;
}

/** Equal for worlds from which the same can happen. */
function keyOf({ nowMs, state, step, truth }: World): string {
  const { terms, callers, connection, events, calls, waiting } = state;
  const { latest, ...read } = connection;
  const text = JSON.stringify([
    nowMs,
    step.step === 'read' ? step.kind : step.step,
    step.step === 'read' || step.step === 'wait' ? step.untilMs : 0,
    terms,
    [...callers.seenJoinIds].sort(),
    [callers.pending, callers.anyAccepted],
    [latest?.status, latest?.successfullyAggregatedAt],
    read,
    [...events.seenIds].sort(),
    [events.seen, events.lastStatusChangeMs, events.unread, events.reading],
    calls,
    waiting,
    truth,
  ]);
  return createHash('md5').update(text).digest('base64');
}
