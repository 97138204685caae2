import { callsSent, isFromTheFuture } from '../freshness';
import { READ_WITHIN_MS } from '../model/call-bounds';
import type { Connection, ReadReport } from '../model/connection';
import { instantMs, instantWithin } from '../model/instant';
import { acceptPendingRequests } from './record-join';
import type { Aggregation, EventState, ReadFailure, RefreshState } from '../state';
import type { ReadKind } from '../step';
import { scheduleNextPoll } from '../start-waiting';

type Unread = EventState['unread'];

/** A read of the connection begins: events from here on are newer than what it will show. */
export function beginRead(state: RefreshState, nowMs: number): RefreshState {
  return {
    ...state,
    events: { ...state.events, unread: 'none', reading: state.events.unread },
    connection: { ...state.connection, readBeganMs: nowMs },
  };
}

/**
 * Applies what a read of the connection brought. It shows how things were when its last attempt began, by the clock of its
 * reader as long as ours allows for that: the worker that records it may have been away since.
 */
export function recordRead(
  state: RefreshState,
  report: ReadReport,
  nowMs: number,
  kind: ReadKind = 'deciding',
): RefreshState {
  const startedMs = state.connection.readBeganMs ?? nowMs;
  const toldMs = instantWithin(report.beganAt, startedMs, nowMs, state.policy.clockToleranceMs);
  const beganMs = toldMs ?? startedMs;
  const dated = { ...state, connection: { ...state.connection, readBeganMs: beganMs } };
  // A read that began before a poll was due may have missed what the poll is to see.
  const polledState = beganMs >= state.waiting.pollAtMs ? scheduleNextPoll(dated, nowMs) : dated;
  const { reading } = polledState.events;
  const next: RefreshState = { ...polledState, events: { ...polledState.events, reading: 'none' } };
  if (report.read === 'found') {
    // Where nobody tells when the last attempt began, that may be a moment ago: what it saw may be as young.
    const seenAtMs = toldMs === null ? nowMs : Math.min(nowMs, toldMs + READ_WITHIN_MS);
    return acceptPendingRequests(withConnection(next, report.connection, seenAtMs));
  }
  return {
    ...next,
    // What the read was to explain is still unexplained; a report can do without.
    events:
      kind === 'closing' ? next.events : { ...next.events, unread: strongest(next.events.unread, reading) },
    connection: {
      ...next.connection,
      currentSinceMs: null,
      // One short attempt does not tell that the connection cannot be read.
      failure: kind === 'closing' && report.read === 'unavailable' ? null : failureOf(next, report, nowMs),
    },
  };
}

const STRENGTH = ['none', 'evidence', 'other'] as const;

function strongest(...unread: readonly Unread[]): Unread {
  return STRENGTH[Math.max(...unread.map((one) => STRENGTH.indexOf(one)))] ?? 'other';
}

function withConnection(state: RefreshState, latest: Connection, nowMs: number): RefreshState {
  const { connection } = state;
  const aggregation = aggregationOf(state, latest, nowMs);
  const atMs = aggregatedAtMs(latest);
  const isAhead = isFromTheFuture(atMs ?? -Infinity, nowMs, state.policy);
  return {
    ...state,
    connection: {
      ...connection,
      latest,
      aggregation,
      earlierAggregations: earlierThan(aggregation, connection),
      ...(isAhead && atMs !== connection.aheadAtMs && { aheadAtMs: atMs, aheadSeenAtMs: nowMs }),
      aggregatedBeforeMs:
        connection.latest === null ? (aggregation?.atMs ?? null) : connection.aggregatedBeforeMs,
      currentSinceMs: connection.readBeganMs,
      failure: null,
    },
  };
}

/** 20: more calls than a run may make, so that each keeps what it brought. */
const EARLIER_AGGREGATIONS = 20;

function earlierThan(
  latest: Aggregation | null,
  { aggregation, earlierAggregations }: RefreshState['connection'],
): readonly Aggregation[] {
  return aggregation === null || aggregation === latest
    ? earlierAggregations
    : [aggregation, ...earlierAggregations].slice(0, EARLIER_AGGREGATIONS);
}

function aggregationOf(state: RefreshState, latest: Connection, nowMs: number): Aggregation | null {
  const atMs = aggregatedAtMs(latest);
  const known = state.connection.aggregation;
  // A replica that lags may show an older value again: what was proven stays proven.
  if (atMs === null || (known !== null && atMs <= known.atMs)) return known;
  // Dated ahead of our clock it proves nothing; a later read shows it again.
  if (isFromTheFuture(atMs, nowMs, state.policy)) return known;
  const { aheadAtMs, aheadSeenAtMs, latest: before } = state.connection;
  const seenAtMs = atMs === aheadAtMs ? (aheadSeenAtMs ?? nowMs) : nowMs;
  return { atMs, seenAtMs, sinceStart: before === null, callsBefore: callsSent(state.calls) };
}

function aggregatedAtMs({ successfullyAggregatedAt }: Connection): number | null {
  return successfullyAggregatedAt === null ? null : instantMs(successfullyAggregatedAt);
}

function failureOf(
  { connection, policy }: RefreshState,
  report: Exclude<ReadReport, { read: 'found' }>,
  nowMs: number,
): ReadFailure {
  const before = connection.failure;
  const sinceMs =
    before !== null && isRefused(before) === isRefused(report)
      ? before.sinceMs
      : (connection.readBeganMs ?? nowMs);
  // The longer it has failed, the rarer it is read: the interval doubles with the time that has passed.
  const intervalMs = Math.min(Math.max(policy.poll.initialMs, nowMs - sinceMs), policy.poll.maximumMs);
  const askedMs = report.read === 'rate_limited' ? (report.retryAfterMs ?? 0) : 0;
  return { ...report, sinceMs, retryAtMs: nowMs + Math.max(intervalMs, askedMs) };
}

function isRefused({ read }: Pick<ReadReport, 'read'>): boolean {
  return read !== 'unavailable' && read !== 'rate_limited';
}
