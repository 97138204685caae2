import { aProgress } from '../../../support/a-progress';
import type { Outcome, Progress, RefreshDescription, RefreshResult } from '../../../../src/client';

const READING = {
  phase: 'reading',
  why: 'the refresh begins',
  waitingUntil: null,
  calls: 0,
  mayBeCharged: 0,
} as const;

/** An open run, unless said otherwise. */
export function aDescription(
  varied: Partial<Omit<RefreshDescription, 'progress'>> & { readonly progress?: Partial<Progress> | null },
): RefreshDescription {
  const { progress = null, ...rest } = varied;
  return {
    connectionId: 'con-1',
    runId: `run-of-${varied.connectionId ?? 'con-1'}`,
    state: 'running',
    startedAt: '2026-03-01T12:00:00.000Z',
    ...rest,
    progress: progress === null ? null : aProgress({ ...READING, ...progress }),
  };
}

interface EndVaried {
  readonly freshSince?: string;
  readonly startedAt?: string;
  readonly evidence?: RefreshResult['evidence'];
  readonly why?: string;
}

const PROVEN = {
  by: 'successfullyAggregatedAt',
  aggregatedAt: '2026-03-01T12:01:00.000Z',
  satisfies: '2026-03-01T12:01:00.000Z',
} as const;

/** A run that has ended, with every product proven when it ended well. */
export function anEnd(connectionId: string, outcome: Outcome, varied: EndVaried = {}): RefreshDescription {
  const { freshSince = '2026-03-01T12:00:00.000Z', startedAt = '2026-03-01T12:00:00.000Z' } = varied;
  const well = outcome === 'refreshed' || outcome === 'already_fresh';
  const shared = {
    connectionId,
    requestedAt: startedAt,
    freshSince,
    finishedAt: '2026-03-01T12:01:30.000Z',
    connection: {
      status: 'ACTIVE',
      statusReason: null,
      serviceProvider: 'PLAID',
      institutionName: 'A Bank',
      products: ['BALANCES', 'TRANSACTIONS'],
      optionalProducts: [],
    },
    aggregatedAt: { before: null, after: well ? PROVEN.aggregatedAt : null },
    evidence: varied.evidence ?? (well ? { BALANCES: PROVEN, TRANSACTIONS: PROVEN } : {}),
    earlierEvidence: {},
    calls: [],
  };
  return aDescription({
    connectionId,
    state: 'ended',
    outcome,
    result: resultOf(outcome, shared),
    startedAt,
    endedAt: shared.finishedAt,
    progress: { phase: 'ended', why: varied.why ?? 'it ended' },
  });
}

function resultOf(
  outcome: Outcome,
  shared: Omit<Extract<RefreshResult, { outcome: 'refreshed' }>, 'outcome'>,
): RefreshResult {
  switch (outcome) {
    case 'repair_required':
      return { ...shared, outcome, reason: 'LOGIN_REQUIRED', message: 'Repair it.' };
    case 'not_refreshable':
      return { ...shared, outcome, reason: 'LOGIN_REQUIRED' };
    case 'rate_limited':
      return { ...shared, outcome, nextAllowedAt: '2026-03-01T15:00:00.000Z' };
    case 'escalated':
      return { ...shared, outcome, reason: 'no_fresh_data', message: 'No data came.' };
    default:
      return { ...shared, outcome };
  }
}
