import type { CallAnswer } from '../../refresh/model/connection';
import { isConnectionId } from '../../refresh/model/connection-id';
import type { HttpResult } from '../http/send-request';
import { requestIdOf } from '../http/meld-reply';
import { parseRetryAfter } from '../http/retry-after';
import type { Transport } from '../http/transport';

export interface RefreshCall {
  readonly connectionId: string;
  /** Left out or empty: all products of the connection. */
  readonly products?: readonly string[];
}

/**
 * `POST /bank-linking/connections/{connectionId}/refresh`: charged, and sent at most once. Never throws.
 * A text that can be no id is not sent: in a path it could mean something else.
 */
export async function postRefresh(
  transport: Transport,
  { connectionId, products = [] }: RefreshCall,
  now: () => number,
): Promise<CallAnswer> {
  if (!isConnectionId(connectionId)) return NEVER_SENT;
  const path = `/bank-linking/connections/${encodeURIComponent(connectionId)}/refresh`;
  const body = products.length === 0 ? {} : { products };
  return toCallAnswer(await transport.sendOnce({ method: 'POST', path, body }), now());
}

/** The status line alone decides: a body that is cut, malformed or endless takes nothing back. */
export function toCallAnswer(got: HttpResult, nowMs: number): CallAnswer {
  if (got.got === 'no_answer') return got.sent ? LOST : NEVER_SENT;
  const { httpStatus } = got;
  const requestId = requestIdOf(got.body);
  if (httpStatus === 404) return { answer: 'not_found', httpStatus, requestId };
  if (httpStatus === 409) return { answer: 'conflict', httpStatus, requestId };
  if (httpStatus === 429) {
    return {
      answer: 'rate_limited',
      httpStatus,
      requestId,
      retryAfterMs: parseRetryAfter(got.retryAfter, nowMs),
    };
  }
  switch (Math.floor(httpStatus / 100)) {
    case 2:
      return { answer: 'accepted', httpStatus, requestId };
    case 4:
      return { answer: 'rejected', httpStatus, requestId };
    case 5:
      return { answer: 'server_error', httpStatus, requestId };
    default:
      return { answer: 'unknown', httpStatus, requestId };
  }
}

const NEVER_SENT: CallAnswer = { answer: 'server_error', httpStatus: null, requestId: null };
const LOST: CallAnswer = { answer: 'unknown', httpStatus: null, requestId: null };
