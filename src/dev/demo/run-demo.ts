import { setTimeout as sleep } from 'node:timers/promises';
import { titled } from '../../refresh/model/progress';
import { createConnections, readLedger } from '../stack/simulator-controls';
import { check } from './check';
import type { CheckResult } from './check';
import type { DemoScenario } from './demo-scenarios';
import type { ProgressLine, ProgressView } from './progress-view';
import { makeRefreshApi } from './refresh-api';
import type { SeenRefresh } from './refresh-api';

interface DemoOptions {
  readonly apiUrl: string;
  readonly simulatorUrl: string;
  readonly scenarios: readonly DemoScenario[];
  readonly view: ProgressView;
  /** By then all have ended, or are checked as they are. */
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

/** 300 ms: often enough to look alive. */
const REDRAW_EVERY_MS = 300;
/** The longest that the API holds a request. */
const WAIT_SECONDS = 20;

/**
 * Refreshes one connection of each scenario at the same time, shows how they go, and checks how they ended.
 * @throws the signal's reason when it aborts
 */
export async function runDemo(options: DemoOptions): Promise<readonly CheckResult[]> {
  const { apiUrl, simulatorUrl, scenarios, view, withinMs, signal } = options;
  const api = makeRefreshApi(apiUrl, signal);
  await createConnections(
    simulatorUrl,
    scenarios.map(({ name, connection }) => ({ ...connection, id: name })),
  );

  const startedMs = Date.now();
  const latest = new Map<string, SeenRefresh>();
  const follow = async ({ name }: DemoScenario): Promise<void> => {
    let refresh = await api.start(name);
    latest.set(name, refresh);
    while (refresh.state === 'running' && Date.now() < startedMs + withinMs) {
      const leftSeconds = Math.ceil((startedMs + withinMs - Date.now()) / 1_000);
      refresh = await api.wait(refresh, Math.min(WAIT_SECONDS, leftSeconds));
      latest.set(name, refresh);
    }
  };
  const draw = (): void =>
    view.show(scenarios.map((scenario) => lineOf(scenario, latest.get(scenario.name), startedMs)));
  const ended = new AbortController();
  const showProgress = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      // The list trails, and may fail for a moment: what was seen last stays on show.
      for (const listed of await api.list().catch(() => [])) {
        const known = latest.get(listed.connectionId);
        const isCurrent = known?.state === 'running' && known.runId === listed.runId;
        if (isCurrent) latest.set(listed.connectionId, { ...known, progress: listed.progress });
      }
      draw();
      await sleep(REDRAW_EVERY_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    }
    draw();
  };

  const showing = showProgress();
  try {
    await Promise.all(scenarios.map(follow));
  } finally {
    ended.abort();
    await showing;
  }
  const billed = await readLedger(simulatorUrl);
  return scenarios.map((scenario) =>
    check({
      scenario,
      refresh: latest.get(scenario.name) ?? null,
      billed: billed.filter(({ connectionId }) => connectionId === scenario.name),
    }),
  );
}

function lineOf({ name, sentence }: DemoScenario, refresh: SeenRefresh | undefined, startedMs: number) {
  const { progress, result } = refresh ?? {};
  const [from, to] = result
    ? [Date.parse(result.requestedAt), Date.parse(result.finishedAt)]
    : [startedMs, Date.now()];
  return {
    connection: name,
    state: result ? 'ended' : 'running',
    seconds: (to - from) / 1_000,
    text: progress ? titled(progress) : sentence,
  } satisfies ProgressLine;
}
