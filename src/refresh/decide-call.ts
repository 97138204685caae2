import { allProductsOf, mayBeCharged, needsOf, findEvidence } from './freshness';
import { toReadable } from './model/instant';
import { PRODUCTS } from './model/product';
import type { Product } from './model/product';
import type { RefreshState } from './state';
import { escalate, rateLimited, read, wait } from './step';
import type { Step } from './step';
import { callAllowedAtMs } from './rate-limit';

/** A call is due: is it allowed, affordable, and based on a look since the last wait? */
export function decideCall(state: RefreshState, nowMs: number): Step {
  const { terms } = state;
  const endMs = callAllowedAtMs(state);
  if (endMs !== null && endMs > nowMs) {
    const patient = terms.onRateLimit === 'wait' && endMs < terms.deadlineMs;
    if (!patient || state.rateLimitHits > state.policy.maxRateLimitWaits) {
      return rateLimited(state, nowMs, endMs);
    }
    return wait('waiting_for_window', endMs, `the provider allows no call before ${toReadable(endMs)}`);
  }
  if (terms.freshSinceMs > nowMs) {
    const untilMs = Math.min(terms.freshSinceMs, terms.deadlineMs);
    return wait('waiting_to_call', untilMs, 'data is wanted from a moment that is yet to come');
  }
  const charged = state.calls.filter(mayBeCharged).length;
  if (charged >= terms.maxCharges) {
    return escalate(
      state,
      nowMs,
      'charge_limit',
      `Charges so far: ${charged} may have been made, of ${terms.maxCharges} allowed. The data that came does not suffice.`,
    );
  }
  if (!state.readSinceWait || state.unreadEvents !== 'none') {
    return meldUnavailable(state, nowMs) ?? read('deciding', 'no call without a look at the connection');
  }
  return {
    step: 'call',
    products: productsToAsk(state),
    why: `the latest data is from before ${toReadable(terms.freshSinceMs)}`,
  };
}

/** Only what is missing; `null`, Meld's "all", when that is all there is or has products unknown to us. */
function productsToAsk(state: RefreshState): readonly Product[] | null {
  const { missing } = findEvidence(needsOf(state), state);
  const known = missing.filter(isProduct);
  if (known.length < missing.length) return null;
  const all = allProductsOf(state.connection);
  const isAll = missing.length === all.length && missing.every((product) => all.includes(product));
  return state.terms.allProducts && isAll ? null : known;
}

function isProduct(name: string): name is Product {
  return PRODUCTS.some((product) => product === name);
}

/** The read that a decision needs has just failed for good: nothing may be paid for blindly. */
export function meldUnavailable(state: RefreshState, nowMs: number): Step | null {
  if (state.failure?.kind !== 'unavailable') return null;
  return escalate(
    state,
    nowMs,
    'meld_unavailable',
    `The connection could not be read: ${state.failure.message}`,
  );
}
