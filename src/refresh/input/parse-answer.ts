import type { CallAnswer, Connection, ReadReport } from '../model/connection';
import { ANSWERS } from '../model/outcome';
import { isObject } from './checks';
import { parseLastCall } from './parse-memory';

// An operator can complete an activity by hand, with anything: after a call that may be charged nothing may throw.

type Fields = Readonly<Record<string, unknown>>;

/** What a charged call brought; whatever does not read as an answer is a lost one. Never throws. */
export function parseCallAnswer(value: unknown): CallAnswer {
  const fields: Fields = isObject(value) ? value : {};
  const httpStatus = typeof fields['httpStatus'] === 'number' ? fields['httpStatus'] : null;
  const sentAt = fields['sentAt'];
  const common = {
    requestId: textOrNull(fields['requestId']),
    ...(typeof sentAt === 'string' && { sentAt }),
  };
  const answer = ANSWERS.find((known) => known === fields['answer']);
  if (fields['answer'] === 'not_sent') {
    return {
      answer: 'not_sent',
      why: textOrNull(fields['why']) ?? 'it was not sent',
      lastCall: parseLastCall(fields['lastCall']),
    };
  }
  switch (answer) {
    case 'accepted':
      return { answer, httpStatus: httpStatus ?? 200, ...common };
    case 'conflict':
      return { answer, httpStatus: 409, ...common };
    case 'rate_limited':
      return { answer, httpStatus: 429, ...common, retryAfterMs: waitOrNull(fields['retryAfterMs']) };
    case 'server_error':
      return { answer, httpStatus, ...common, retryAfterMs: waitOrNull(fields['retryAfterMs']) };
    case 'rejected':
      return { answer, httpStatus: httpStatus ?? 400, ...common };
    case 'not_found':
      return { answer, httpStatus: 404, ...common };
    case 'unknown':
    case undefined:
      return { answer: 'unknown', httpStatus, ...common };
  }
}

/** What a read brought; whatever does not read as a report is a read that failed. Never throws. */
export function parseReadReport(value: unknown): ReadReport {
  const fields: Fields = isObject(value) ? value : {};
  const requestId = textOrNull(fields['requestId']);
  const httpStatus = typeof fields['httpStatus'] === 'number' ? fields['httpStatus'] : 0;
  const connection = isObject(fields['connection']) ? fields['connection'] : null;
  switch (fields['read']) {
    case 'found':
      if (connection !== null && isConnection(connection)) return { read: 'found', connection };
      break;
    case 'not_found':
      return { read: 'not_found', requestId };
    case 'access_denied':
    case 'rejected':
      return { read: fields['read'], httpStatus, requestId };
    case 'rate_limited':
      return { read: 'rate_limited', retryAfterMs: waitOrNull(fields['retryAfterMs']) };
  }
  return { read: 'unavailable', message: 'the read was completed with something that is no report.' };
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
    typeof fields['status'] === 'string' &&
    optional.every((name) => fields[name] === null || typeof fields[name] === 'string') &&
    ['products', 'optionalProducts'].every((name) => isTexts(fields[name]))
  );
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function waitOrNull(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 ? value : null;
}
