/** What the server grants one caller and one socket. Tests shorten them; nothing else should. */
export const DEFAULT_LIMITS = {
  // Proxies commonly cut a silent request at 60 s or later.
  maxWaitSeconds: 60,
  // Each holds a socket and a long poll at Temporal; a backend that needs more takes outcome webhooks.
  waitsPerCaller: 100,
  // The largest sensible body names six products and a few durations: a few hundred bytes.
  bodyBytes: 16_384,
  webhookBodyBytes: 65_536,
  // Temporal sends 4 MB in one message at most, which base64 makes a third longer.
  codecBodyBytes: 6_000_000,
  /** Requests a minute per key. The UI asks once for every payload that it shows: some fifty for a refresh's history. */
  codecRateLimit: 6_000,
  /** How long the whole request may take to arrive. Nobody needs ten seconds for 16 kB; who trickles bytes is cut off. */
  requestTimeoutMs: 15_000,
  headersTimeoutMs: 10_000,
  timeoutCheckMs: 5_000,
  /** How long a socket may be silent in either direction. Longer than the longest wait, which sends nothing until it ends. */
  connectionTimeoutMs: 90_000,
  // Longer than the 60 s after which common load balancers give up an idle connection, so that they close first.
  keepAliveTimeoutMs: 72_000,
  /**
   * How long Temporal may take over a webhook. Meld wants its 200 within 10 s (Webhooks retries); this leaves time for the
   * network and for a full queue.
   */
  signalTimeoutMs: 5_000,
  readinessTimeoutMs: 2_000,
  /**
   * How long a request waits for a run that is canceled in its charged call. The call may take 105 s, longer than clients
   * of a POST wait: they get 503 with Retry-After.
   */
  cancelWaitMs: 5_000,
};

export type ServerLimits = Readonly<typeof DEFAULT_LIMITS>;
