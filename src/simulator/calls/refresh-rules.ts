import type { ConnectionState } from '../state/connection';
import { MeldError } from '../meld-error';
import { UNREFRESHABLE } from '../state/meld-enums';

/**
 * What Meld's own rules say to a refresh, before any scenario has its turn.
 * @throws MeldError 400 (a product the connection was not made with), 409 (its status), 429 (a window).
 */
export function checkRefreshRules(
  connection: ConnectionState,
  products: readonly string[] | null,
  nowMs: number,
): void {
  const made = [...connection.products, ...connection.optionalProducts];
  const foreign = products?.filter((product) => !made.includes(product)) ?? [];
  if (foreign.length > 0) {
    throw new MeldError(
      400,
      'The connection was not made with these products.',
      foreign.map((product) => `products: ${product}`),
    );
  }
  if (UNREFRESHABLE.has(connection.status)) {
    throw new MeldError(409, `A connection in status ${connection.status} cannot be refreshed.`);
  }
  if (connection.windowUntilMs !== null && nowMs < connection.windowUntilMs) {
    throw rateLimited(connection, connection.windowUntilMs, nowMs);
  }
}

/** Meld does not document `Retry-After`, so the plan says in which form it comes, if at all. */
export function rateLimited(connection: ConnectionState, untilMs: number, nowMs: number): MeldError {
  const seconds = Math.ceil((untilMs - nowMs) / 1000);
  const values = {
    seconds: String(seconds),
    // The date has whole seconds: rounded up, or the window would seem to end too early.
    date: new Date(Math.ceil(untilMs / 1000) * 1000).toUTCString(),
    unreadable: 'in a while',
    absent: null,
  };
  const value = values[connection.plan.window.retryAfter];
  return new MeldError(
    429,
    'The provider does not accept another refresh of this connection yet.',
    [],
    value === null ? {} : { 'retry-after': value },
  );
}
