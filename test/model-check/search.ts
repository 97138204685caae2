import { createHash } from 'node:crypto';
import type { Core } from './core';
import { begin, happenings, violationOf } from './world';
import type { Scenario, World } from './world';

export interface Found {
  readonly states: number;
  /** Happenings from the begin; every order of so many was tried. */
  readonly depth: number;
  /** How many states were ends. */
  readonly ends: number;
  /** The shortest way to the first violation; `null` when there is none. */
  readonly violation: { readonly what: string; readonly trace: readonly string[] } | null;
}

export interface Bounds {
  readonly depth: number;
  readonly states?: number;
  /** Epoch milliseconds. */
  readonly untilMs?: number;
}

interface Node {
  readonly world: World;
  readonly by: string;
  readonly from: Node | null;
}

/**
 * Tries all orders of all happenings, breadth first, so that the first violation has a shortest trace. States with the
 * same content are one: instants are compared by their distance from now.
 */
export function search(
  core: Core,
  scenario: Scenario,
  { depth, states = Infinity, untilMs = Infinity }: Bounds,
): Found {
  const first: Node = { world: begin(core, scenario), by: 'asked', from: null };
  const known = new Set([contentOf(first.world)]);
  let layer = [first];
  let ends = 0;
  for (let level = 1; level <= depth; level += 1) {
    const next: Node[] = [];
    for (const node of layer) {
      for (const [by, world] of happenings(core, scenario, node.world)) {
        const content = contentOf(world);
        if (known.has(content)) continue;
        known.add(content);
        const reached: Node = { world, by, from: node };
        const what = violationOf(world);
        if (what !== null)
          return { states: known.size, depth: level, ends, violation: { what, trace: traceOf(reached) } };
        if (world.step.step === 'finish') ends += 1;
        else next.push(reached);
      }
      if (known.size > states || Date.now() > untilMs)
        return { states: known.size, depth: level - 1, ends, violation: null };
    }
    if (next.length === 0) return { states: known.size, depth: Infinity, ends, violation: null };
    layer = next;
  }
  return { states: known.size, depth, ends, violation: null };
}

function traceOf(node: Node): readonly string[] {
  return node.from === null ? [node.by] : [...traceOf(node.from), node.by];
}

/** 1e11: in milliseconds 1973; a smaller number is a count or a duration. */
const LEAST_INSTANT = 1e11;
const INSTANT = /^\d{4}-\d\d-\d\dT/;

function contentOf({ nowMs, state, step, underWay, seen }: World): string {
  const { policy: _policy, ...rest } = state;
  // Texts for people do not decide anything, and a step follows from the state.
  const text = JSON.stringify(
    [rest, step.step === 'finish' ? step.result.outcome : step.step, underWay, seen],
    (key, value: unknown) => {
      // Which event it was decides nothing once its duplicate has come.
      if (key === 'eventId' || key === 'seenIds' || (key === 'events' && typeof value === 'number'))
        return null;
      if (typeof value === 'number') {
        if (!Number.isFinite(value)) return String(value);
        return Math.abs(value) > LEAST_INSTANT ? `@${value - nowMs}` : value;
      }
      if (typeof value === 'string' && INSTANT.test(value)) return `@${Date.parse(value) - nowMs}`;
      return value instanceof Set ? [...value] : value;
    },
  );
  return createHash('sha1').update(text).digest('base64');
}
