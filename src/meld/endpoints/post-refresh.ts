import type { CallAnswer } from '../../refresh/model/connection';
import { isConnectionId } from '../../refresh/model/connection-id';
import type { HttpResult } from '../http/send-request';
import { hasErrorShape, requestIdOf } from '../http/meld-reply';
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
): Promise<CallAnswer> {
  if (!isConnectionId(connectionId)) return NEVER_SENT;
  const path = `/bank-linking/connections/${encodeURIComponent(connectionId)}/refresh`;
  const body = products.length === 0 ? {} : { products };
  return toCallAnswer(await transport.sendOnce({ method: 'POST', path, body }));
}

/** Request Timeout, Bad Gateway, Gateway Timeout: a gateway's words, whatever body it puts under them. */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([408, 502, 504]);
/** Cloudflare's own, for trouble between it and the origin. */
const isCloudflareStatus = (httpStatus: number): boolean => httpStatus >= 520 && httpStatus <= 527;

/**
 * The status decides; a 2xx stays accepted whatever its body. A 5xx is Meld's refusal only in Meld's error shape:
 * from a gateway it says nothing about whether Meld took the call, and charged for it.
 */
function toCallAnswer(got: HttpResult): CallAnswer {
  if (got.got === 'no_answer') return got.sent ? LOST : NEVER_SENT;
  const { httpStatus, retryAfterMs } = got;
  const told = { httpStatus, requestId: requestIdOf(got.body) };
  if (GATEWAY_STATUSES.has(httpStatus) || isCloudflareStatus(httpStatus))
    return { answer: 'unknown', ...told };
  if (httpStatus === 404) return { answer: 'not_found', ...told, httpStatus };
  if (httpStatus === 409) return { answer: 'conflict', ...told, httpStatus };
  if (httpStatus === 429) return { answer: 'rate_limited', ...told, httpStatus, retryAfterMs };
  const hundreds = Math.floor(httpStatus / 100);
  if (hundreds === 2) return { answer: 'accepted', ...told };
  if (hundreds === 4) return { answer: 'rejected', ...told };
  const isMelds = hundreds === 5 && hasErrorShape(got.body);
  return isMelds ? { answer: 'server_error', ...told, retryAfterMs } : { answer: 'unknown', ...told };
}

const NEVER_SENT: CallAnswer = {
  answer: 'server_error',
  httpStatus: null,
  requestId: null,
  retryAfterMs: null,
};
const LOST: CallAnswer = { answer: 'unknown', httpStatus: null, requestId: null };
