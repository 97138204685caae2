import { setTimeout as sleep } from 'node:timers/promises';
import { createConnections, readLedger } from '../stack/simulator-controls';
import { check } from './check';
import type { CheckResult } from './check';
import type { ProgressLine, ProgressView } from './progress-view';
import { makeRefreshApi } from './refresh-api';
import type { RefreshApi, SeenRefresh } from './refresh-api';
import type { DemoScenario } from './demo-scenarios';

export interface DemoOptions {
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
/** Several waits rather than one, so that an interruption is not waited for. */
const WAIT_SECONDS = 20;

/** Refreshes one connection of each scenario at the same time, shows how they go, and checks how they ended. */
export async function runDemo(options: DemoOptions): Promise<readonly CheckResult[]> {
  const { simulatorUrl, scenarios, signal, withinMs } = options;
  const api = makeRefreshApi(options.apiUrl);
  await createConnections(
    simulatorUrl,
    scenarios.map(({ name, connection }) => ({ ...connection, id: name })),
  );

  const startedMs = Date.now();
  const seen = new Map<string, SeenRefresh>();
  const ended = new AbortController();
  const showing = showProgress(api, { ...options, seen, startedMs, signal: ended.signal });
  try {
    await Promise.all(
      scenarios.map(async ({ name }) => {
        let refresh = await api.start(name);
        seen.set(name, refresh);
        while (refresh.state === 'running' && Date.now() < startedMs + withinMs) {
          signal.throwIfAborted();
          const leftSeconds = Math.ceil((startedMs + withinMs - Date.now()) / 1_000);
          refresh = await api.wait(refresh, Math.min(WAIT_SECONDS, leftSeconds));
          seen.set(name, refresh);
        }
      }),
    );
  } finally {
    ended.abort();
    await showing;
  }
  const billed = await readLedger(simulatorUrl);
  return scenarios.map((scenario) =>
    check({
      scenario,
      refresh: seen.get(scenario.name) ?? null,
      billed: billed.filter(({ connectionId }) => connectionId === scenario.name),
    }),
  );
}

interface Showing extends Pick<DemoOptions, 'scenarios' | 'view' | 'signal'> {
  /** The latest answers, by connection. */
  readonly seen: ReadonlyMap<string, SeenRefresh>;
  readonly startedMs: number;
}

async function showProgress(api: RefreshApi, { scenarios, view, signal, seen, startedMs }: Showing) {
  let listed: readonly SeenRefresh[] = [];
  const draw = () => view.show(scenarios.map((scenario) => lineOf(scenario, { seen, listed, startedMs })));
  while (!signal.aborted) {
    // The list trails, and may fail for a moment: what was seen last stays on show.
    listed = await api.list().catch(() => listed);
    draw();
    await sleep(REDRAW_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  draw();
}

interface Sight extends Pick<Showing, 'seen' | 'startedMs'> {
  readonly listed: readonly SeenRefresh[];
}

function lineOf(
  { name: connection, sentence }: DemoScenario,
  { seen, listed, startedMs }: Sight,
): ProgressLine {
  const known = seen.get(connection);
  const latest = known?.result === undefined ? listed.find(({ runId }) => runId === known?.runId) : known;
  const progress = latest?.progress;
  const text = progress ? `${progress.phase.replaceAll('_', ' ')}: ${progress.why}` : sentence;
  if (known?.result === undefined) {
    return { connection, state: 'running', seconds: (Date.now() - startedMs) / 1_000, text };
  }
  const { requestedAt, finishedAt } = known.result;
  const seconds = (Date.parse(finishedAt) - Date.parse(requestedAt)) / 1_000;
  return { connection, state: 'ended', seconds, text };
}
