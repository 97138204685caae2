import { log } from '@temporalio/workflow';
import type { RefreshResult } from '../refresh/model/outcome';

/** For operators: an escalation is an error, with what they need to take it from here. */
export function logResult(result: RefreshResult): void {
  const { connectionId, outcome, calls } = result;
  const fields = { connectionId, outcome, calls: calls.length, provider: result.connection?.serviceProvider };
  if (result.outcome === 'escalated') {
    const { reason, message } = result;
    const meldRequestIds = calls.flatMap(({ requestId }) => requestId ?? []);
    log.error('refresh_escalated', {
      ...fields,
      reason,
      message,
      status: result.connection?.status,
      meldRequestIds,
    });
  } else {
    log.info('refresh_ended', fields);
  }
}
