/** What the server grants one caller and one socket. Tests shorten them; nothing else should. */
export interface ServerLimits {
  readonly maxWaitSeconds: number;
  readonly waitsPerCaller: number;
  readonly bodyBytes: number;
  readonly webhookBodyBytes: number;
  readonly codecBodyBytes: number;
  /** Requests a minute per key. */
  readonly codecRateLimit: number;
  /** How long the whole request may take to arrive. */
  readonly requestTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly timeoutCheckMs: number;
  /** How long a socket may be silent in either direction. */
  readonly connectionTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** How long Temporal may take over a webhook. */
  readonly signalTimeoutMs: number;
  readonly readinessTimeoutMs: number;
  /** How long a request waits for a run that is canceled in its charged call. */
  readonly cancelWaitMs: number;
}

export const DEFAULT_LIMITS: ServerLimits = {
  // Proxies commonly cut a silent request at 60 s or later.
  maxWaitSeconds: 60,
  // Each holds a socket and a long poll at Temporal; a backend that needs more takes outcome webhooks.
  waitsPerCaller: 100,
  // The largest sensible body names six products and a few durations: a few hundred bytes.
  bodyBytes: 16_384,
  webhookBodyBytes: 65_536,
  // Temporal sends 4 MB in one message at most, which base64 makes a third longer.
  codecBodyBytes: 6_000_000,
  // The UI asks once for every payload that it shows: a history of a refresh has some fifty.
  codecRateLimit: 6_000,
  // Nobody needs ten seconds for 16 kB; who trickles bytes is cut off.
  requestTimeoutMs: 15_000,
  headersTimeoutMs: 10_000,
  timeoutCheckMs: 5_000,
  // Longer than the longest wait, which sends nothing until it ends.
  connectionTimeoutMs: 90_000,
  // Longer than the 60 s after which common load balancers give up an idle connection, so that they close first.
  keepAliveTimeoutMs: 72_000,
  // Meld wants its 200 within 10 s (Webhooks retries); this leaves time for the network and for a full queue.
  signalTimeoutMs: 5_000,
  readinessTimeoutMs: 2_000,
  // The call may take 105 s, longer than clients of a POST wait: they get 503 with Retry-After.
  cancelWaitMs: 5_000,
};
