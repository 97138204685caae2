import type { FastifyReply } from 'fastify';

export type LongPolls = ReturnType<typeof makeLongPolls>;

/** Requests that are held until something happens: counted per caller, ended together when the server stops. */
export function makeLongPolls({ perCaller }: { readonly perCaller: number }) {
  const open = new Map<string, Set<AbortController>>();
  let ended = false;

  return {
    /**
     * Runs `wait` with a signal that aborts when the client hangs up or the server stops.
     * @returns `'refused'`, without running it, when the caller has too many waits already.
     */
    async hold<T>(
      caller: string,
      reply: Pick<FastifyReply, 'raw'>,
      wait: (signal: AbortSignal) => Promise<T>,
    ): Promise<T | 'refused'> {
      const ofCaller = open.get(caller) ?? new Set();
      if (ofCaller.size >= perCaller) return 'refused';
      open.set(caller, ofCaller);

      const controller = new AbortController();
      const onClose = () => controller.abort();
      ofCaller.add(controller);
      reply.raw.once('close', onClose);
      if (ended || reply.raw.destroyed) controller.abort();
      try {
        return await wait(controller.signal);
      } finally {
        reply.raw.off('close', onClose);
        ofCaller.delete(controller);
        if (ofCaller.size === 0) open.delete(caller);
      }
    },
    endAll(): void {
      ended = true;
      for (const ofCaller of open.values()) for (const controller of ofCaller) controller.abort();
    },
  };
}

/**
 * The seconds of `Prefer: wait=N` (RFC 7240, 4.3). Never throws.
 * @returns `null` when the header has no readable one: a preference that is not understood is ignored (RFC 7240, 2).
 */
export function preferWaitSeconds(header: string | undefined): number | null {
  for (const preference of (header ?? '').split(',')) {
    const [name = '', value = ''] = preference.split(';', 1)[0]?.split('=', 2) ?? [];
    if (name.trim().toLowerCase() !== 'wait') continue;
    const digits = /^(?:(\d{1,9})|"(\d{1,9})")$/.exec(value.trim());
    const seconds = digits?.[1] ?? digits?.[2];
    // The first one counts (RFC 7240, 2).
    return seconds === undefined ? null : Number(seconds);
  }
  return null;
}
