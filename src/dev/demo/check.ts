import type { RefreshDescription } from '../../client';
import type { RefreshResult } from '../../refresh/model/outcome';
import { callCount } from '../../refresh/step';
import type { BilledCall } from '../stack/simulator-controls';
import type { DemoScenario } from './demo-scenarios';

/** One line of the closing table, and in what it is not as expected. */
export type CheckResult = ReturnType<typeof check>;

interface Facts {
  readonly scenario: DemoScenario;
  /** `null` when it could not be asked for. */
  readonly refresh: Pick<RefreshDescription, 'state' | 'result'> | null;
  /** The calls of this connection. */
  readonly billed: readonly BilledCall[];
}

const NO_EVIDENCE = '–';
const EVIDENCE_IN_WORDS = { event: 'webhooks', successfullyAggregatedAt: 'timestamp moved' } as const;

/** Holds a refresh to what was expected of it, and to Meld's own ledger. */
export function check({ scenario, refresh, billed }: Facts) {
  const { name, sentence, ends } = scenario;
  const result = refresh?.result;
  const reason = result && 'reason' in result ? result.reason : undefined;
  const ended =
    result === undefined ? (refresh?.state ?? 'not started') : describeEnd(result.outcome, reason);
  const charged = billed.filter((call) => call.charged).length;
  const wanted = describeEnd(ends.outcome, ends.reason);
  const evidence = evidenceOf(result);
  const proof = scenario.evidence === undefined ? NO_EVIDENCE : EVIDENCE_IN_WORDS[scenario.evidence];
  const differences = [
    ended === wanted ? null : `${ended}, expected ${wanted}`,
    evidence === proof ? null : `evidence: ${evidence}, expected ${proof}`,
    charged === scenario.charged ? null : `Meld charged ${charged}, expected ${scenario.charged}`,
    result === undefined || result.calls.length === billed.length
      ? null
      : `Meld saw ${callCount(billed.length)}, the result accounts for ${result.calls.length}`,
  ];
  return {
    connection: name,
    sentence,
    outcome: result?.outcome ?? ended,
    /** By the ledger of the simulated Meld. */
    charged: billed.length === 0 ? 'no call' : `${charged} of ${billed.length}`,
    /** What proves the data fresh, or why there is none. */
    grounds: reason ?? evidence,
    time: result === undefined ? '–' : took(result),
    /** Empty when all is as expected. */
    differences: differences.filter((difference) => difference !== null),
  };
}

function describeEnd(outcome: string, reason: string | undefined): string {
  return reason === undefined ? outcome : `${outcome} (${reason})`;
}

function evidenceOf(result: RefreshResult | undefined): string {
  const words = Object.values(result?.evidence ?? {}).map(({ by }) => EVIDENCE_IN_WORDS[by]);
  return [...new Set(words)].sort().join(', ') || NO_EVIDENCE;
}

function took({ requestedAt, finishedAt }: RefreshResult): string {
  return `${((Date.parse(finishedAt) - Date.parse(requestedAt)) / 1_000).toFixed(1)} s`;
}
