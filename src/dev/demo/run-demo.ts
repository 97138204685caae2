import { setTimeout as sleep } from 'node:timers/promises';
import type { RefreshClient, RefreshDescription } from '../../client';
import { titled } from '../../refresh/model/progress';
import { createConnections, readLedger } from '../stack/simulator-controls';
import { check, type CheckResult } from './check';
import type { DemoScenario } from './demo-scenarios';
import type { ProgressLine, ProgressView } from './progress-view';

interface DemoOptions {
  readonly refreshes: RefreshClient;
  readonly simulatorUrl: string;
  readonly scenarios: readonly DemoScenario[];
  readonly view: ProgressView;
  /** By then all have ended, or are checked as they are. */
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

/** 300 ms: often enough to look alive. */
const REDRAW_EVERY_MS = 300;

/**
 * Refreshes one connection of each scenario at the same time, shows how they go, and checks how they ended.
 * @throws the signal's reason when it aborts
 */
export async function runDemo(options: DemoOptions): Promise<readonly CheckResult[]> {
  const { refreshes, simulatorUrl, scenarios, view, withinMs, signal } = options;
  await createConnections(
    simulatorUrl,
    scenarios.map(({ name, connection }) => ({ ...connection, id: name })),
  );

  const startedMs = Date.now();
  const latest = new Map<string, RefreshDescription>();
  const follow = async ({ name: connectionId }: DemoScenario): Promise<void> => {
    const { runId } = await refreshes.refresh({ connectionId });
    const timeoutMs = startedMs + withinMs - Date.now();
    const ended = await refreshes.wait(connectionId, { runId, timeoutMs, signal });
    signal.throwIfAborted();
    if (ended !== null) latest.set(connectionId, ended);
  };
  const draw = (): void =>
    view.show(scenarios.map((scenario) => lineOf(scenario, latest.get(scenario.name), startedMs)));
  const ended = new AbortController();
  const showProgress = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      // The list trails, and may fail for a moment: what was seen last stays on show.
      const page = await refreshes.listPage({}, { pageSize: 200 }).catch(() => null);
      for (const listed of page?.refreshes ?? []) {
        if (!latest.get(listed.connectionId)?.result) latest.set(listed.connectionId, listed);
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

function lineOf(
  { name, sentence }: DemoScenario,
  refresh: RefreshDescription | undefined,
  startedMs: number,
) {
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
