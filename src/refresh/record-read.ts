import { growingIntervalMs } from './backoff';
import type { Connection, ReadReport } from './model/connection';
import { instantMs } from './model/instant';
import { endFinishedWait, followRepair } from './waiting';
import { acceptPendingJoins } from './record-join';
import type { Aggregation, RefreshState, ReadFailure } from './state';

/** A look at the connection begins: news from here on is newer than what it will show. */
export function beginRead(state: RefreshState, nowMs: number): RefreshState {
  return { ...endFinishedWait(state, nowMs), unreadEvents: 'none', readBeganMs: nowMs };
}

/** Takes in what a look at the connection brought. */
export function recordRead(state: RefreshState, report: ReadReport, nowMs: number): RefreshState {
  // A look that began before a poll was due may have missed what the poll is to see.
  const polled = (state.readBeganMs ?? nowMs) >= state.pollAtMs;
  const next = polled ? scheduleNextPoll(state, nowMs) : state;
  return report.read === 'found'
    ? followRepair(acceptPendingJoins(withConnection(next, report.connection, nowMs)), nowMs)
    : { ...next, failure: failureOf(report), readSinceWait: false };
}

function withConnection(state: RefreshState, connection: Connection, nowMs: number): RefreshState {
  const aggregation = aggregationOf(state, connection, nowMs);
  return {
    ...state,
    connection,
    aggregation,
    aggregatedBeforeMs: state.connection === null ? (aggregation?.atMs ?? null) : state.aggregatedBeforeMs,
    failure: null,
    readSinceWait: true,
  };
}

function aggregationOf(state: RefreshState, connection: Connection, nowMs: number): Aggregation | null {
  const { successfullyAggregatedAt } = connection;
  const atMs = successfullyAggregatedAt === null ? null : instantMs(successfullyAggregatedAt);
  const known = state.aggregation;
  // A replica that lags may show an older value again: what was proven stays proven.
  if (atMs === null || (known !== null && atMs <= known.atMs)) return known;
  return { atMs, seenAtMs: nowMs, sinceStart: state.connection === null };
}

function scheduleNextPoll(state: RefreshState, nowMs: number): RefreshState {
  const { waiting, policy } = state;
  const nextMs = nowMs + growingIntervalMs(policy.poll, state.polls + 1);
  // The last look falls on the end of the wait, so that it never ends on old knowledge.
  const endMs = 'untilMs' in waiting && waiting.untilMs > nowMs ? waiting.untilMs : Infinity;
  return { ...state, polls: state.polls + 1, pollAtMs: Math.min(nextMs, endMs) };
}

function failureOf(report: Exclude<ReadReport, { read: 'found' }>): ReadFailure {
  switch (report.read) {
    case 'not_found':
      return { kind: 'not_found', requestId: report.requestId };
    case 'access_denied':
    case 'rejected':
      return {
        kind: report.read === 'rejected' ? 'request_rejected' : 'access_denied',
        asked: 'read',
        httpStatus: report.httpStatus,
        requestId: report.requestId,
      };
    case 'unavailable':
      return { kind: 'unavailable', message: report.message };
  }
}
