import type { OutcomeMessage, RefreshResult } from 'meld-refresh/client';

type Ended = RefreshResult | OutcomeMessage['data'];
export type ActOnOutcome = (runId: string, result: Ended) => void;

/** What this backend does about each outcome; here it only says so. An outcome may be delivered twice: it acts once. */
export function makeActOnOutcome(say: (text: string) => void): ActOnOutcome {
  const seen = new Set<string>();
  return (runId, result) => {
    if (seen.has(runId)) return;
    seen.add(runId);
    say(`${result.connectionId}: ${whatToDo(result)}`);
  };
}

function whatToDo(result: Ended): string {
  switch (result.outcome) {
    case 'refreshed':
    case 'already_fresh':
      return `fetch the data from Meld, it is of ${result.aggregatedAt.after ?? 'now'}`;
    case 'repair_required':
      return `ask the customer to repair the connection (${result.reason})`;
    case 'rate_limited':
      return `show the older data, and ask again at ${result.nextAllowedAt}`;
    case 'not_refreshable':
      return `show the older data: ${result.reason}`;
    case 'not_found':
      return 'forget the connection';
    case 'canceled':
      return `somebody canceled it, after ${result.calls.length} calls`;
    case 'escalated':
      return `show the older data; a person looks into it: ${result.message}`;
  }
}
