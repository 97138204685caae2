import type { Delivery } from '../../src/simulator/webhooks/outbox';
import type { LedgerEntry } from '../../src/simulator/state/ledger';
import type { Injection } from './inject-fault';
import type { ChaosScenario } from './scenarios';
import { TARGETS } from './fault-plan';
import { grouped } from './grouped';
import { ACTS, type Act } from './operators';
import type { RunRecord } from './run-records';

export interface Traces {
  readonly injections: readonly Injection[];
  readonly scenarios: readonly ChaosScenario[];
  readonly entries: readonly LedgerEntry[];
  readonly deliveries: readonly Delivery[];
  readonly runs: readonly RunRecord[];
  /** Replies of failed reads, as the worker logged them. */
  readonly failedReads: readonly string[];
  readonly unserved: number;
  /** What operators did to runs that were open. */
  readonly acted: readonly Act[];
}

const LATE_MS = 600;
/** Meld's order of the events of one aggregation. */
const ORDER = [
  'BANK_LINKING_ACCOUNTS_UPDATING',
  'BANK_LINKING_ACCOUNTS_UPDATED',
  'BANK_LINKING_TRANSACTIONS_AGGREGATED',
];

/** How often each fault has left a trace outside of the plan: in process states, at Meld, in logs and histories. */
export function countFired(traces: Traces): Readonly<Record<string, number>> {
  const { injections, entries, deliveries, failedReads, unserved, acted } = traces;
  const injectionsOf = (how: Injection['how']) =>
    TARGETS.map((target): [string, number] => [
      `${target} ${how === 'kill' ? 'killed' : 'frozen'}`,
      injections.filter((one) => one.target === target && one.how === how && isHit(one)).length,
    ]);
  const answered = (answer: LedgerEntry['answer']) => entries.filter((entry) => entry.answer === answer);
  const lost = answered('lost').filter(({ charged }) => charged);
  const firsts = deliveries.flatMap(({ event, connectionId, attempts: [first] }) =>
    first === undefined ? [] : [{ event, connectionId, sentAtMs: Date.parse(first.at) }],
  );
  return {
    ...Object.fromEntries([...injectionsOf('kill'), ...injectionsOf('freeze')]),
    'worker cut off from Temporal': injections.filter((one) => one.how === 'cut' && isHit(one)).length,
    ...Object.fromEntries(ACTS.map((act) => [`operator: ${act}`, acted.filter((one) => one === act).length])),
    'worker killed in a call': inCalls(traces, 'killed_in_the_call', answered('lost')),
    'API: request not served': unserved,
    'webhook dropped': deliveries.filter(({ state }) => state === 'dropped').length,
    'webhook doubled': [...grouped(firsts, ({ event }) => event.eventId).values()].filter(
      (copies) => copies.length > 1,
    ).length,
    'webhook late': firsts.filter(({ event, sentAtMs }) => sentAtMs - Date.parse(event.timestamp) > LATE_MS)
      .length,
    'webhooks reordered': [...grouped(firsts, ({ connectionId }) => connectionId).values()].filter(
      isReordered,
    ).length,
    'webhook sent again': deliveries.filter(({ attempts }) => attempts.length > 1).length,
    'Meld: 429': answered('rate_limited').length,
    'Meld: 5xx': answered('server_error').length,
    'Meld: 4xx': answered('rejected').length,
    'Meld: executed, answer never given': inCalls(traces, 'answer_never_given', lost),
    'Meld: executed, answer cut':
      inCalls(traces, 'answer_cut', lost) + inCalls(traces, 'answer_cut_and_data_late', lost),
    'Meld: executed, a gateway answered': inCalls(traces, 'answer_of_a_gateway', lost),
    'Meld: executed, answer garbled': garbled(traces),
    'Meld: slow answer': slow(traces),
    'Meld: read answered 5xx': failedReads.filter((reply) => reply === 'server_error').length,
    'Meld: read cut': failedReads.filter((reply) => reply === 'no_answer').length,
    'Meld: read garbled': failedReads.filter((reply) => reply === 'unreadable').length,
  };
}

/** A killed process has another id afterwards; a frozen one was seen standing still, and goes on as itself; a cut ends
 * connections. */
function isHit({ how, seen, pids }: Injection): boolean {
  if (how === 'cut') return !seen.startsWith('0 ');
  return how === 'kill'
    ? seen === 'ended by SIGKILL' && pids.before !== pids.after
    : seen.startsWith('T') && pids.before === pids.after;
}

function inCalls(
  { scenarios }: Traces,
  kind: ChaosScenario['kind'],
  entries: readonly LedgerEntry[],
): number {
  const ids = new Set(scenarios.filter((scenario) => scenario.kind === kind).map(({ spec }) => spec.id));
  return entries.filter(({ connectionId }) => ids.has(connectionId)).length;
}

/** Accepted at Meld, and no request id could be read from the answer. */
function garbled(traces: Traces): number {
  const { runs, entries } = traces;
  const accepted = entries.filter(({ answer }) => answer === 'accepted');
  const unread = new Set(
    runs
      .filter(({ result }) =>
        result?.calls.some(({ answer, requestId }) => answer === 'accepted' && requestId === null),
      )
      .map(({ connectionId }) => connectionId),
  );
  return inCalls(
    traces,
    'answer_garbled',
    accepted.filter(({ connectionId }) => unread.has(connectionId)),
  );
}

function slow({ runs, entries }: Traces): number {
  const cameAtMs = new Map(entries.map(({ requestId, at }) => [requestId, Date.parse(at)]));
  return runs
    .flatMap(({ answers }) => answers)
    .filter(({ requestId, atMs }) => atMs - (cameAtMs.get(requestId ?? '') ?? atMs) > LATE_MS).length;
}

interface FirstSending {
  readonly event: Delivery['event'];
  readonly sentAtMs: number;
}

function isReordered(sendings: readonly FirstSending[]): boolean {
  return sendings.some((a) =>
    sendings.some(
      (b) =>
        ORDER.indexOf(a.event.eventType) < ORDER.indexOf(b.event.eventType) &&
        a.event.timestamp <= b.event.timestamp &&
        a.sentAtMs > b.sentAtMs,
    ),
  );
}
