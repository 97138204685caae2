import type { Report } from './report';

/** For people: what happened, what was lost and what was paid. */
export function tellReport(report: Report): string {
  const { requests, webhooks, charges, recovery, violations } = report;
  const list = (counts: Readonly<Record<string, number | undefined>>) =>
    Object.entries(counts)
      .map(([what, n]) => `${what} ${n}`)
      .join(', ') || 'none';
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
    )}; most ${charges.most}; twice after a lost answer ${charges.twiceAfterLostAnswer}`,
    ...Object.entries(recovery).map(
      ([what, { tookMs, idle, p50Ms, p99Ms }]) =>
        `  recovery    ${what}: p50 ${p50Ms} ms, p99 ${p99Ms} ms of ${tookMs.length} (${idle} with nothing to do)`,
    ),
    `  replay      ${report.nonDeterminism} non-determinism errors; failed workflow tasks: ${list(report.taskFailures)}`,
    violations.length === 0
      ? '  everything held'
      : [`  did NOT hold (evidence: ${report.folder})`, ...violations.map((what) => `    ${what}`)].join(
          '\n',
        ),
  ].join('\n');
}
