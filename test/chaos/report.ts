import type { LedgerEntry } from '../../src/simulator/state/ledger';
import type { Delivery } from '../../src/simulator/webhooks/outbox';
import type { Outcome } from '../../src/refresh/model/outcome';
import type { Injection } from './inject-fault';
import type { ChaosScenario } from './scenarios';
import type { Fault } from './fault-plan';
import { counted } from './grouped';
import { checkCharges, type ChargesCheck } from './check-charges';
import { checkEndings } from './check-endings';
import { checkRequests, type RequestsCheck } from './check-requests';
import { checkWebhooks, type WebhooksCheck } from './check-webhooks';
import type { Accepted } from './patient-caller';
import { measureRecovery } from './recovery';
import { checkOperated, type Act, type OperatedScenario } from './operators';
import type { RunRecord } from './run-records';
import { countFired } from './count-fired';

/** All that a round has left behind. */
export interface Evidence {
  readonly seed: number;
  readonly tookMs: number;
  readonly scenarios: readonly ChaosScenario[];
  readonly faults: readonly Fault[];
  readonly injections: readonly Injection[];
  /** The answers to the requests. */
  readonly accepted: readonly Accepted[];
  /** The same runs, as the API shows them in the end. */
  readonly shown: readonly Accepted[];
  readonly setbacks: ReadonlyMap<string, number>;
  /** Requests of the steady caller that nobody served. */
  readonly unserved: number;
  readonly runs: readonly RunRecord[];
  readonly entries: readonly LedgerEntry[];
  readonly deliveries: readonly Delivery[];
  readonly nobodyAtMs: ReadonlyMap<string, readonly number[]>;
  readonly answeredWithinMs: number;
  readonly failedReads: readonly string[];
  readonly nonDeterminism: readonly string[];
  readonly unexpectedExits: readonly string[];
  /** When a caller who asks all the time was answered. */
  readonly servedAtMs: readonly number[];
  readonly maxCharges: number;
  readonly openAtOnce: number;
  readonly operated: readonly OperatedScenario[];
  readonly acted: readonly Act[];
  readonly atLeast: Readonly<Partial<Record<Outcome, number>>>;
  readonly folder: string;
}

export interface Report {
  readonly seed: number;
  readonly tookMs: number;
  readonly refreshes: number;
  readonly requests: RequestsCheck;
  readonly webhooks: WebhooksCheck;
  readonly charges: ChargesCheck;
  readonly recovery: ReturnType<typeof measureRecovery>;
  readonly fired: Readonly<Record<string, number>>;
  readonly atLeast: Evidence['atLeast'];
  readonly setbacks: Readonly<Record<string, number>>;
  /** Failed workflow tasks by reason; harmless unless of non-determinism. */
  readonly taskFailures: Readonly<Record<string, number>>;
  readonly nonDeterminism: number;
  readonly schedule: readonly string[];
  /** Empty: everything held. */
  readonly violations: readonly string[];
  /** The database of Temporal and all logs; kept when something did not hold. */
  readonly folder: string;
}

export function makeReport(all: Evidence): Report {
  const operatedIds = new Set(all.operated.map(({ spec }) => spec.id));
  const isLeftAlone = ({ connectionId }: { readonly connectionId: string | null }) =>
    connectionId === null || !operatedIds.has(connectionId);
  // What operators did is checked by rules of its own.
  const evidence: Evidence = {
    ...all,
    runs: all.runs.filter(isLeftAlone),
    entries: all.entries.filter(isLeftAlone),
    deliveries: all.deliveries.filter(isLeftAlone),
  };
  const { seed, tookMs, scenarios, runs, entries, accepted, shown, atLeast, folder } = evidence;
  const requests = checkRequests(accepted, runs);
  const webhooks = checkWebhooks(evidence);
  const charges = checkCharges(entries, runs, evidence.maxCharges);
  const fired = countFired(evidence);
  const taskFailures = counted(
    runs.flatMap((run) => run.taskFailures),
    (why) => why,
  );
  const nonDeterminism = [
    ...evidence.nonDeterminism,
    ...Object.keys(taskFailures).filter((why) => /determin|TMPRL1100/i.test(why)),
  ];
  const lost = [...new Set([...requests.lost, ...checkRequests(shown, runs).lost])];
  return {
    seed,
    tookMs,
    refreshes: scenarios.length,
    requests: { ...requests, lost },
    webhooks,
    charges,
    recovery: measureRecovery(evidence.injections, runs, evidence.servedAtMs),
    fired,
    atLeast,
    setbacks: Object.fromEntries(evidence.setbacks),
    taskFailures,
    nonDeterminism: nonDeterminism.length,
    schedule: evidence.faults.map(formatFault),
    violations: [
      ...lost.map((what) => `lost request: ${what}`),
      ...webhooks.missing.map((what) => `missing webhook: ${what}`),
      ...(webhooks.pending > 0 ? [`${webhooks.pending} webhooks were still under way`] : []),
      ...charges.faults.map((what) => `charge: ${what}`),
      ...runs
        .filter(({ state }) => state !== 'completed')
        .map(({ connectionId, runId, state }) => `${connectionId} in run ${runId}: ${state}`),
      ...checkOperated(all.operated, all.runs, all.entries, all.maxCharges).map(
        (what) => `operator: ${what}`,
      ),
      ...checkEndings(runs, scenarios).map((what) => `ending: ${what}`),
      ...nonDeterminism.map((what) => `non-determinism: ${what}`),
      ...evidence.unexpectedExits,
      ...Object.entries(fired)
        .filter(([, times]) => times === 0)
        .map(([what]) => `never happened: ${what}`),
      ...(requests.mostOpenAtOnce < evidence.openAtOnce
        ? [`fewer than ${evidence.openAtOnce} were open at once`]
        : []),
      ...Object.entries(atLeast)
        .filter(([outcome, least]) => (requests.endings[outcome as Outcome] ?? 0) < least)
        .map(([outcome, least]) => `fewer than ${least} ended ${outcome}`),
    ],
    folder,
  };
}

function formatFault({ how, targets, afterMs, forMs }: Fault): string {
  return `after ${afterMs} ms ${how} ${targets.join(' and ')} for ${forMs} ms`;
}
