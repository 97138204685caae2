import type { CallAnswer, Connection, ReadReport } from '../model/connection';
import { LONGEST_MS } from '../model/duration';
import { isInstant } from '../model/instant';
import { ANSWERS } from '../model/outcome';
import { isObject } from './checks';
import { parseLastCall } from './parse-memory';

// An operator can complete an activity by hand, with anything: after a call that may be charged nothing may throw.

type Fields = Readonly<Record<string, unknown>>;

/** What a charged call brought; whatever does not read as an answer is a lost one. Never throws. */
export function parseCallAnswer(value: unknown): CallAnswer {
  const fields: Fields = isObject(value) ? value : {};
  const { sentAt, why } = fields;
  const lastCall = parseLastCall(fields['lastCall']);
  // Of a call that cannot be read nobody can tell which it was.
  if (fields['answer'] === 'not_sent' && (lastCall !== null || (fields['lastCall'] ?? null) === null)) {
    return { answer: 'not_sent', why: typeof why === 'string' ? why : 'it was not sent', lastCall };
  }
  const answer = ANSWERS.find((known) => known === fields['answer']) ?? 'unknown';
  const common = {
    httpStatus: statusOrNull(fields['httpStatus']),
    requestId: textOrNull(fields['requestId']),
    ...(isInstant(sentAt) && { sentAt }),
  };
  return answer === 'rate_limited' || answer === 'server_error'
    ? { answer, ...common, retryAfterMs: waitOrNull(fields['retryAfterMs']) }
    : { answer, ...common };
}

/** What a read brought; whatever does not read as a report is a read that failed. Never throws. */
export function parseReadReport(value: unknown): ReadReport {
  const fields: Fields = isObject(value) ? value : {};
  const requestId = textOrNull(fields['requestId']);
  const httpStatus = statusOrNull(fields['httpStatus']) ?? 0;
  const connection = isObject(fields['connection']) ? fields['connection'] : null;
  const { beganAt } = fields;
  const common = isInstant(beganAt) ? { beganAt } : {};
  switch (fields['read']) {
    case 'found':
      if (connection !== null && isConnection(connection)) return { read: 'found', ...common, connection };
      break;
    case 'not_found':
      return { read: 'not_found', ...common, requestId };
    case 'access_denied':
    case 'rejected':
      return { read: fields['read'], ...common, httpStatus, requestId };
    case 'rate_limited':
      return { read: 'rate_limited', ...common, retryAfterMs: waitOrNull(fields['retryAfterMs']) };
  }
  return {
    read: 'unavailable',
    ...common,
    message: 'the read was completed with something that is no report.',
  };
}

function isConnection(fields: Fields): fields is Fields & Connection {
  const optional = [
    'statusReason',
    'serviceProvider',
    'institutionName',
    'customerId',
    'successfullyAggregatedAt',
  ];
  return (
    isText(fields['status']) &&
    optional.every((name) => fields[name] === null || isText(fields[name])) &&
    ['products', 'optionalProducts'].every((name) => isTexts(fields[name]))
  );
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

/** 200: as long as Meld's own words are let into a memo or a search attribute, and of what both can store. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && /^[^\0\p{Surrogate}]{0,200}$/u.test(value);
}

function textOrNull(value: unknown): string | null {
  return isText(value) ? value : null;
}

function statusOrNull(value: unknown): number | null {
  return Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 599 ? Number(value) : null;
}

/** At most the longest duration there is: an instant that is computed from it is one. */
function waitOrNull(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 ? Math.min(value, LONGEST_MS) : null;
}
