import { type MeldFailure, describeFailure } from '../../meld/http/meld-reply';
import { ProblemError } from './problem';

/** The problem that stands for what Meld did not give. Meld's request id is in its detail: its support asks for it. */
export function problemFromMeld(failure: MeldFailure): ProblemError {
  const detail = `${describeFailure(failure)}.`;
  switch (failure.reply) {
    case 'not_found':
      return new ProblemError('connection-not-found', `${detail} Check the id and the environment.`);
    case 'access_denied':
      return new ProblemError('meld-access-denied', `${detail} An operator has to check MELD_API_KEY.`);
    case 'rejected':
      return new ProblemError('meld-rejected', `${detail} Check the id, and the status of the connection.`);
    case 'rate_limited':
      return new ProblemError('meld-unavailable', detail, {
        retryAfterSeconds: failure.retryAfterMs === null ? 60 : Math.ceil(failure.retryAfterMs / 1_000),
      });
    case 'server_error':
    case 'unreadable':
    case 'no_answer':
      return new ProblemError('meld-unavailable', detail);
  }
}
