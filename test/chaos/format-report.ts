import { recoveryOf, type Recovery } from './recovery';
import type { Report } from './report';

/** For people: what happened, what was lost and what was paid. */
export function formatReport(report: Report): string {
  const { requests, webhooks, charges, recovery, violations } = report;
  return [
    `chaos, seed ${report.seed}: ${report.refreshes} refreshes, ${Math.round(report.tookMs / 1_000)} s`,
    ...report.schedule.map((fault) => `    ${fault}`),
    `  fired       ${list(report.fired)}`,
    `  requests    ${requests.accepted} accepted (${requests.joined} joined), ${requests.ended} ended, ` +
      `${requests.lost.length} lost; ${requests.runs} runs, at most ${requests.mostOpenAtOnce} open at once`,
    `  setbacks    ${list(report.setbacks)}`,
    `  endings     ${list(requests.endings)}`,
    `  webhooks    ${webhooks.acknowledged} acknowledged, ${webhooks.inHistories} in histories, ` +
      `${webhooks.withoutOpenRun} while no run was open, ${webhooks.missing.length} missing`,
    `  charges     ${charges.charged.atMeld} at Meld, ${charges.charged.inResults} possible by the results, ` +
      `${charges.posts.atMeld} calls at Meld, ${charges.posts.inResults} in the results`,
    `              per refresh: ${list(
      Object.fromEntries(Object.entries(charges.perRefresh).map(([n, runs]) => [`${n}×`, runs])),
    )}; most ${charges.most}; twice after a lost answer ${charges.twiceAfterLostAnswer}, for data of a later moment ${charges.twiceForLaterData}`,
    ...Object.entries(recovery).map(formatRecovery),
    `  replay      ${report.nonDeterminism} non-determinism errors; failed workflow tasks: ${list(report.taskFailures)}`,
    violations.length === 0
      ? '  everything held'
      : [`  did NOT hold (evidence: ${report.folder})`, ...violations.map((what) => `    ${what}`)].join(
          '\n',
        ),
  ].join('\n');
}

/** The rounds together, each refresh and each fault counted once. */
export function formatTotal(reports: readonly Report[]): string {
  const sum = (of: (report: Report) => number) => reports.reduce((total, report) => total + of(report), 0);
  const perRefresh: Record<string, number> = {};
  for (const [charges, runs] of reports.flatMap(({ charges }) => Object.entries(charges.perRefresh))) {
    perRefresh[`${charges}×`] = (perRefresh[`${charges}×`] ?? 0) + runs;
  }
  const kinds = new Set(reports.flatMap(({ recovery }) => Object.keys(recovery)));
  return [
    `chaos, ${reports.length} rounds: ${sum((one) => one.refreshes)} refreshes, ${sum((one) => one.requests.runs)} runs`,
    `  requests    ${sum((one) => one.requests.accepted)} accepted, ${sum((one) => one.requests.ended)} ended, ` +
      `${sum((one) => one.requests.lost.length)} lost`,
    `  webhooks    ${sum((one) => one.webhooks.acknowledged)} acknowledged, ${sum((one) => one.webhooks.inHistories)} in histories, ` +
      `${sum((one) => one.webhooks.withoutOpenRun)} while no run was open, ${sum((one) => one.webhooks.missing.length)} missing`,
    `  charges     ${sum((one) => one.charges.charged.atMeld)} at Meld, per refresh: ${list(perRefresh)}; ` +
      `most ${Math.max(...reports.map((one) => one.charges.most))}; ` +
      `twice after a lost answer ${sum((one) => one.charges.twiceAfterLostAnswer)}`,
    ...[...kinds].sort().map((kind) => {
      const recoveries = reports.flatMap(({ recovery }) => recovery[kind] ?? []);
      const idle = recoveries.reduce((total, one) => total + one.idle, 0);
      return formatRecovery([
        kind,
        recoveryOf(
          recoveries.flatMap(({ tookMs }) => tookMs),
          idle,
        ),
      ]);
    }),
    `  replay      ${sum((one) => one.nonDeterminism)} non-determinism errors`,
    `  violations  ${sum((one) => one.violations.length)}`,
  ].join('\n');
}

function formatRecovery([what, { tookMs, idle, p50Ms, p99Ms }]: readonly [string, Recovery]): string {
  return `  recovery    ${what}: p50 ${p50Ms} ms, p99 ${p99Ms} ms of ${tookMs.length} (${idle} with nothing to do)`;
}

function list(counts: Readonly<Record<string, number | undefined>>): string {
  const parts = Object.entries(counts).map(([what, n]) => `${what} ${n}`);
  return parts.join(', ') || 'none';
}
