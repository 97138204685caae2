/** It becomes part of a URL path, a workflow id and queries. */
export const CONNECTION_ID = /^[A-Za-z0-9_-]{1,128}$/;

/** Whether a text can be a connection id. Never throws. */
export const isConnectionId = (text: string): boolean => CONNECTION_ID.test(text);

/** One open refresh per connection: this workflow id is what holds it. */
export function refreshWorkflowId(connectionId: string): string {
  return `refresh-connection-${connectionId}`;
}
