const CONNECTION_ID = /^[A-Za-z0-9_-]{1,128}$/;

/** Whether a text can be a connection id: it becomes part of a URL path and of a workflow id. Never throws. */
export const isConnectionId = (text: string): boolean => CONNECTION_ID.test(text);
