import { z } from 'zod';
import { clip } from '../clip';
import { describeIssues } from '../describe-issues';
import type { AnswerBody } from './decode-body';
import type { HttpResult } from './send-request';

interface Answered {
  readonly httpStatus: number;
  /** Meld's own: what its support asks for. */
  readonly requestId: string | null;
}

/** Why Meld did not give what it was asked for. */
export type MeldFailure =
  /** `access_denied`: 401, 403; `rejected`: every other 4xx. */
  | (Answered & { readonly reply: 'not_found' | 'access_denied' | 'rejected' | 'server_error' })
  /** `retryAfterMs` is from `Retry-After`; `null` when absent or unreadable. */
  | (Answered & { readonly reply: 'rate_limited'; readonly retryAfterMs: number | null })
  /** An answer that cannot be made sense of, redirects included. */
  | (Answered & { readonly reply: 'unreadable'; readonly problem: string })
  | { readonly reply: 'no_answer'; readonly problem: string };

export type MeldReply<T> = { readonly reply: 'ok'; readonly value: T } | MeldFailure;

/** What an answer means, its body read by `schema` when it is a 2xx. Never throws. */
export function parseReply<T>(got: HttpResult, schema: z.ZodType<T>): MeldReply<T> {
  if (got.got === 'no_answer') return { reply: 'no_answer', problem: got.problem };
  const { httpStatus, body } = got;
  const told = { httpStatus, requestId: requestIdOf(body) };
  if (httpStatus >= 500 && httpStatus <= 599) return { reply: 'server_error', ...told };
  if (httpStatus === 404) return { reply: 'not_found', ...told };
  if (httpStatus === 401 || httpStatus === 403) return { reply: 'access_denied', ...told };
  if (httpStatus === 429) return { reply: 'rate_limited', ...told, retryAfterMs: got.retryAfterMs };
  if (httpStatus >= 400 && httpStatus <= 499) return { reply: 'rejected', ...told };

  const unreadable = (problem: string): MeldFailure => ({ reply: 'unreadable', ...told, problem });
  if (httpStatus >= 600) return unreadable('a status that HTTP does not know');
  if (httpStatus >= 300) return unreadable('redirects are not followed');
  if (body.read === 'failed') return unreadable(body.problem);
  const json = parseJson(body.text);
  if (json === undefined) return unreadable('the body is no JSON');
  const parsed = schema.safeParse(json);
  return parsed.success
    ? { reply: 'ok', value: parsed.data }
    : unreadable(clip(describeIssues(parsed.error)));
}

/** One sentence for messages and logs; it holds neither bodies nor secrets. */
export function describeFailure(failure: MeldFailure): string {
  if (failure.reply === 'no_answer') return `Meld gave no answer: ${failure.problem}`;
  const problem = failure.reply === 'unreadable' ? `: ${failure.problem}` : '';
  const requestId = failure.requestId === null ? 'without a request id' : `request id ${failure.requestId}`;
  return `Meld answered HTTP ${failure.httpStatus}, ${requestId}${problem}`;
}

const withRequestId = z.object({ requestId: z.string().min(1) });

/** Meld's id of the exchange, from an error's or a success's body; `null` when there is none. Never throws. */
export function requestIdOf(body: AnswerBody): string | null {
  const parsed = withRequestId.safeParse(body.read === 'whole' ? parseJson(body.text) : undefined);
  return parsed.success ? clip(parsed.data.requestId) : null;
}

const errorShape = z.union([withRequestId, z.object({ code: z.union([z.string().min(1), z.number()]) })]);

/** Whether the body is an error as Meld writes it: a JSON object with `code` or `requestId`. Never throws. */
export function hasErrorShape(body: AnswerBody): boolean {
  return body.read === 'whole' && errorShape.safeParse(parseJson(body.text)).success;
}

/** `undefined` for what is no JSON. Never throws. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
