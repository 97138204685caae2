import type { EscalationReason, RefreshResult, Verdict } from './model/outcome';
import type { Product } from './model/product';
import type { Phase } from './model/progress';

/**
 * How a read is made: one that a decision needs is retried for minutes; a `poll` lasts until it finds a change, or
 * until `untilMs`; a `closing` one only completes the report and is given one short attempt.
 */
export type ReadKind = 'deciding' | 'poll' | 'closing';

/** What to do now. `why` is for people: the reason of the phase, whose title is not said again. */
export type Step =
  | {
      readonly step: 'read';
      readonly kind: ReadKind;
      readonly phase: Phase;
      readonly untilMs: number;
      readonly why: string;
    }
  /** Send the charged POST, once. */
  | { readonly step: 'call'; readonly products: readonly Product[] | null; readonly why: string }
  /** Wait until an instant, or until something new makes another step the next one. */
  | { readonly step: 'wait'; readonly phase: Phase; readonly untilMs: number; readonly why: string }
  | { readonly step: 'finish'; readonly result: RefreshResult };

/** What a rule decides; `finish` names the ending. */
export type Decision =
  Exclude<Step, { step: 'finish' }> | { readonly step: 'finish'; readonly verdict: Verdict };

export function finish(verdict: Verdict): Decision {
  return { step: 'finish', verdict };
}

export function escalate(reason: EscalationReason, message: string): Decision {
  return finish({ outcome: 'escalated', reason, message });
}

export function read(kind: 'deciding' | 'closing', why: string): Decision {
  return { step: 'read', kind, phase: 'reading', untilMs: Infinity, why };
}

export function wait(phase: Phase, untilMs: number, why: string): Decision {
  return { step: 'wait', phase, untilMs, why };
}

/** Whether nothing new is to be done: the step that is being carried out is still the one to carry out. */
export function isSameStep(a: Step, b: Step): boolean {
  if (a.step === 'wait' && b.step === 'wait') return a.phase === b.phase && a.untilMs === b.untilMs;
  return isPoll(a) && isPoll(b) && a.untilMs === b.untilMs;
}

export function isPoll(step: Step): step is Extract<Step, { step: 'read' }> {
  return step.step === 'read' && step.kind === 'poll';
}

export function callCount(calls: number): string {
  return `${calls} ${calls === 1 ? 'call' : 'calls'}`;
}

/** Meld's request id, which its support asks for. */
export function requestSuffix(exchange: { readonly requestId: string | null } | null | undefined): string {
  return exchange?.requestId ? ` (Meld request ${exchange.requestId})` : '';
}
