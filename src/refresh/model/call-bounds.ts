/** 60 s: one attempt to read the connection, above the longest time the worker's Meld client may take for a request. */
export const READ_WITHIN_MS = 60_000;

/** 5 min: a call that no worker has started by then was provably not sent. */
export const CALL_STARTS_WITHIN_MS = 300_000;

/** 10 s: a call whose turn came late reads the connection again first; the timeout of the call is its own. */
export const REREAD_WITHIN_MS = 10_000;

/** 5 s: asking Temporal for an earlier call takes milliseconds; one that stands still for longer is not sent. */
export const CALL_DELAYED_MS = 5_000;

/** 15 s: from the moment a worker has taken a call until it has left, at most; what comes later is not sent. */
export const CALL_PREPARED_WITHIN_MS = REREAD_WITHIN_MS + CALL_DELAYED_MS;

/** From the decision on a call until it has left, at most: what is known of one whose answer was lost. */
export const CALL_LEAVES_WITHIN_MS = CALL_STARTS_WITHIN_MS + CALL_PREPARED_WITHIN_MS;

/** 1 s: as long as an answer of Meld's is given, beyond the request itself, to reach Temporal. */
export const ANSWER_ARRIVES_WITHIN_MS = 1_000;
