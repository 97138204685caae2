import { buildResult } from './result';
import { toInstant } from './model/instant';
import type { EscalationReason, RefreshResult } from './model/outcome';
import type { Product } from './model/product';
import type { Phase } from './model/progress';
import type { RefreshState } from './state';

/** What to do now. `why` is a sentence for people. */
export type Step =
  /** Look at the connection; a `closing` look only completes the report and is given one short try. */
  | { readonly step: 'read'; readonly kind: 'deciding' | 'closing'; readonly why: string }
  /** Send the charged POST, once. */
  | { readonly step: 'call'; readonly products: readonly Product[] | null; readonly why: string }
  /** Wait until an instant, or until news makes another step the next one. */
  | { readonly step: 'wait'; readonly phase: Phase; readonly untilMs: number; readonly why: string }
  | { readonly step: 'finish'; readonly result: RefreshResult };

export function finish(result: RefreshResult): Step {
  return { step: 'finish', result };
}

export function read(kind: 'deciding' | 'closing', why: string): Step {
  return { step: 'read', kind, why };
}

export function wait(phase: Phase, untilMs: number, why: string): Step {
  return { step: 'wait', phase, untilMs, why };
}

export function rateLimited(state: RefreshState, nowMs: number, endMs: number): Step {
  const nextAllowedAt = toInstant(endMs);
  return finish(buildResult(state, nowMs, { outcome: 'rate_limited', nextAllowedAt }));
}

export function escalate(
  state: RefreshState,
  nowMs: number,
  reason: EscalationReason,
  message: string,
): Step {
  return finish(buildResult(state, nowMs, { outcome: 'escalated', reason, message }));
}

export function callCount(calls: number): string {
  return `${calls} ${calls === 1 ? 'call' : 'calls'}`;
}

/** Meld's request id, which its support asks for. */
export function requestSuffix(exchange: { readonly requestId: string | null } | undefined): string {
  return exchange?.requestId ? ` (Meld request ${exchange.requestId})` : '';
}
