import { parseRequest } from '../refresh/input/parse-request';
import { refreshWorkflowId } from '../workflows/messages';

const RUN_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ID_PREFIX = refreshWorkflowId('');

/** The workflow id that holds a connection's refreshes. @throws InvalidRequestError for an id no connection can have. */
export function workflowIdOf(connectionId: string): string {
  return refreshWorkflowId(parseRequest({ connectionId }).connectionId);
}

export function connectionIdOf(workflowId: string): string {
  return workflowId.startsWith(ID_PREFIX) ? workflowId.slice(ID_PREFIX.length) : workflowId;
}

/** Temporal answers any other text with an error, where "there is no such run" is the truth. */
export function isRunId(text: string): boolean {
  return RUN_ID.test(text);
}
