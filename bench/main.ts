import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { linkSignals } from '../src/lib/link-signals';
import { shutdownSignal } from '../src/temporal/shutdown-signal';
import { runBenchmark } from './run-benchmark';
import { readSettings } from './settings';
import { formatReport } from './format-report';

const REPORT = 'reports/bench.json';

async function main(): Promise<void> {
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
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${inspect(error)}\n`);
    process.exit(1);
  },
);
