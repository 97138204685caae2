import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { linkSignals } from '../src/lib/link-signals';
import { runMain } from '../src/lib/run-main';
import { shutdownSignal } from '../src/lib/shutdown-signal';
import { runBenchmark } from './run-benchmark';
import { readSettings } from './settings';
import { formatReport } from './format-report';

const REPORT = 'reports/bench.json';

async function main(): Promise<number> {
  const settings = readSettings(process.env);
  const stopped = new AbortController();
  void shutdownSignal().then(() => stopped.abort());
  const { signal } = linkSignals([stopped.signal], settings.withinMinutes * 60_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'meld-refresh-bench-'));
  // What is not part of the figures goes past a pipe.
  const say = (what: string) => void process.stderr.write(`${what} …\n`);
  try {
    const report = await runBenchmark({ settings, folder, say, signal });
    mkdirSync(path.dirname(REPORT), { recursive: true });
    writeFileSync(REPORT, `${JSON.stringify(report, null, 2)}\n`);
    process.stdout.write(`\n${formatReport(report)}\n\nAlso in ${REPORT}\n`);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

runMain(main);
