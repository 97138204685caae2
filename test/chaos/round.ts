import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { RefreshPolicyInput } from '../../src/refresh/model/policy';
import type { LedgerEntry } from '../../src/simulator/state/ledger';
import type { Delivery } from '../../src/simulator/webhooks/outbox';
import { makeRandom } from '../../src/simulator/state/random';
import { askJson, createConnections } from '../../src/dev/stack/simulator-controls';
import { startStack } from '../../src/dev/stack/start-stack';
import { freePort } from '../../src/dev/free-port';
import { until } from '../integration/support/until';
import { startCuttableProxy } from './cuttable-proxy';
import { injectFault, type Injection } from './inject-fault';
import { drawScenarios, victimScenarios, type ScenarioScale, type ChaosScenario } from './scenarios';
import { killsWorker, planFaults, type Fault, type FaultScale } from './fault-plan';
import { drawOperated, operate, type Act, type OperatedScenario, type OperatorScale } from './operators';
import { patientCaller, type Accepted, type PatientCaller } from './patient-caller';
import { failedReads, nobodyAtMs, nonDeterminism, readLog } from './process-logs';
import { makeReport, type Report } from './report';
import { countOpen, readRuns } from './run-records';
import { steadyCaller } from './steady-caller';

export interface RoundScale {
  readonly scenarios: ScenarioScale;
  readonly faults: FaultScale;
  readonly operators: OperatorScale;
  /** How long a lost answer is looked for, and an accepted one waited for. */
  readonly policy: Required<
    Pick<RefreshPolicyInput, 'callTimeout' | 'unknownAnswerWait' | 'completionWait' | 'poll'>
  >;
  /** How long everything may take to end once the last fault is over. */
  readonly drainMs: number;
  /** How many runs must have been open at the same moment. */
  readonly openAtOnce: number;
  /** How many runs must have ended each way. */
  readonly atLeast: Report['atLeast'];
}

export const MAX_CHARGES = 2;
/** Meld's first retry of a webhook comes after 300 ms, the rarest every 18 s. */
const TIME_SCALE = 0.005;
/** The simulator's own bound, at that scale. */
const WEBHOOK_ANSWERED_WITHIN_MS = 1_000;

/** Hours as seconds. */
const HASTE: RefreshPolicyInput = {
  settle: '500ms',
  settleWithWebhooks: '2s',
  doubtfulReadWait: '2s',
  serverErrorRetries: 3,
  serverErrorBackoff: { initial: '200ms', factor: 2, maximum: '1s' },
  statusChangeWait: '8s',
  defaultRateLimitWindow: '4s',
  rateLimitFloor: '500ms',
  maxRateLimitWaits: 4,
  maxCharges: MAX_CHARGES,
  giveUpAfter: '10m',
  providers: { MX: { forcedRefreshEvery: '4s', after: 'any_aggregation' } },
};

/** 90 s: behind all the refreshes that were asked for before it, on a machine with other work. */
const CALL_WITHIN_MS = 90_000;

/** One round of chaos: the seed decides what Meld does, what is asked when, and which faults are injected. */
export async function playRound(seed: number, scale: RoundScale): Promise<Report> {
  const startedAtMs = Date.now();
  const random = makeRandom(seed);
  const drawn = drawScenarios(random, scale.scenarios);
  const faults = planFaults(random, scale.faults);
  const victims = victimScenarios(faults);
  const scenarios = [...drawn, ...victims];
  const operated = drawOperated(random, scale.operators);
  const apiKey = `api-key-${randomBytes(12).toString('hex')}`;
  const temporalPort = await freePort();
  const proxy = await startCuttableProxy(temporalPort);
  const stack = await startStack({
    ports: { temporal: temporalPort },
    temporalArgs: ['--dynamic-config-value', 'frontend.WorkflowPauseEnabled=true'],
    policy: { ...HASTE, ...scale.policy },
    apiKeys: [apiKey],
    simulator: { seed, timeScale: TIME_SCALE },
    env: {
      worker: { MELD_TIMEOUT: '2s', TEMPORAL_ADDRESS: proxy.address },
      server: { MELD_TIMEOUT: '2s', API_RATE_LIMIT: '100000' },
    },
  });
  const caller = patientCaller({ url: stack.apiUrl, apiKey });
  const steady = steadyCaller({ url: stack.apiUrl, apiKey, connectionId: scenarios[0]!.spec.id });
  let passed = false;
  try {
    await createConnections(
      stack.simulatorUrl,
      [...scenarios, ...operated].map(({ spec }) => spec),
    );
    const killed: Promise<Accepted>[] = [];
    const next = victims.values();
    const ready = async (fault: Fault): Promise<void> => {
      const { spec } = (killsWorker(fault) ? next.next().value : undefined) ?? {};
      if (spec === undefined) return;
      killed.push(caller.ask(spec.id, {}, 0));
      await until(
        'its call was at Meld',
        async () => {
          const { entries } = await ledgerOf(stack.simulatorUrl, spec.id);
          return entries.some(({ answer }) => answer === 'pending') ? true : null;
        },
        CALL_WITHIN_MS,
      );
    };
    const connection = await Connection.connect({ address: stack.temporalAddress });
    const temporal = new Client({ connection, namespace: stack.namespace });
    const act = async (scenario: OperatedScenario): Promise<readonly Act[]> => {
      await pause(scenario.askAfterMs);
      await caller.ask(scenario.spec.id, {}, 0);
      await pause(scenario.actAfterMs);
      return (await operate(temporal, scenario)) ? [scenario.act] : [];
    };
    const [asked, injections, acted] = await Promise.all([
      askForAll(caller, drawn),
      inTurn(faults, (fault) => injectFault(fault, stack, proxy, () => ready(fault))),
      Promise.all(operated.map(act)),
    ]);
    const accepted = [...asked, ...(await Promise.all(killed))];

    const unlessLate = (waiting: Promise<unknown>) => waiting.catch(() => undefined);
    await unlessLate(
      until(
        'all refreshes ended',
        async () => ((await countOpen(temporal)) === 0 ? true : null),
        scale.drainMs,
      ),
    );
    const deliveries = () =>
      askJson(`${stack.simulatorUrl}/_control/deliveries`).then(
        (answer) => (answer as { deliveries: readonly Delivery[] }).deliveries,
      );
    const settled = async () =>
      (await deliveries()).every(({ state }) => state !== 'pending') ? true : null;
    await unlessLate(until('all webhooks were delivered', settled, scale.drainMs));

    const runs = await readRuns(temporal);
    const ledger = await ledgerOf(stack.simulatorUrl);
    const shown = await Promise.all(
      accepted.map(async (one) => ({ ...one, refresh: await caller.read(one.connectionId, one.runId) })),
    );
    await connection.close();
    const report = makeReport({
      seed,
      tookMs: Date.now() - startedAtMs,
      scenarios,
      faults,
      injections,
      operated,
      acted: acted.flat(),
      accepted,
      shown,
      setbacks: caller.setbacks,
      unserved: steady.unserved(),
      runs,
      entries: ledger.entries,
      deliveries: await deliveries(),
      nobodyAtMs: nobodyAtMs(readLog(stack.server.logFile)),
      answeredWithinMs: WEBHOOK_ANSWERED_WITHIN_MS,
      failedReads: failedReads(readLog(stack.worker.logFile)),
      nonDeterminism: nonDeterminism(stack.worker.logFile),
      unexpectedExits: stack.processes.flatMap((process) => {
        const exitReason = process.exitReason();
        return exitReason === null ? [] : [`the ${process.name} ${exitReason} by itself`];
      }),
      servedAtMs: steady.servedAtMs,
      maxCharges: MAX_CHARGES,
      openAtOnce: scale.openAtOnce,
      atLeast: scale.atLeast,
      folder: stack.folder,
    });
    passed = report.violations.length === 0;
    return report;
  } finally {
    await steady.stop();
    await caller.close();
    await stack.stop();
    await proxy.close();
    if (passed) rmSync(stack.folder, { recursive: true, force: true });
  }
}

async function ledgerOf(simulatorUrl: string, connectionId?: string) {
  const query = connectionId === undefined ? '' : `?connectionId=${connectionId}`;
  return (await askJson(`${simulatorUrl}/_control/ledger${query}`)) as { entries: readonly LedgerEntry[] };
}

/** One in five waits for the end in the request itself. */
const WAITS = 5;
const WAIT_SECONDS = 20;

async function askForAll(
  caller: PatientCaller,
  scenarios: readonly ChaosScenario[],
): Promise<readonly Accepted[]> {
  const accepted = scenarios.flatMap(({ spec, body, askAfterMs, askAgainAfterMs }, n) => {
    const first = async () => {
      await pause(askAfterMs ?? 0);
      // The instant is named, so that asking once more after the end finds the data and pays nothing.
      const freshSince = new Date().toISOString();
      const whole = 'maxAge' in body ? body : { ...body, freshSince };
      return caller.ask(spec.id, whole, n % WAITS === 0 ? WAIT_SECONDS : 0);
    };
    const second = async (afterMs: number) => {
      await pause(afterMs);
      return caller.ask(spec.id, body, 0);
    };
    return [first(), ...(askAgainAfterMs === null ? [] : [second(askAgainAfterMs)])];
  });
  return Promise.all(accepted);
}

async function inTurn<T>(
  items: readonly T[],
  act: (item: T) => Promise<readonly Injection[]>,
): Promise<Injection[]> {
  const injections: Injection[] = [];
  for (const item of items) injections.push(...(await act(item)));
  return injections;
}
