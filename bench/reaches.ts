interface Reach {
  readonly what: string;
  /** The row by its name, or by what stands before a comma in it. */
  readonly at: readonly [part: string, table: string, row: string, column: string];
  readonly least?: number;
  readonly most?: number;
  /** Said where it was missed. */
  readonly why?: string;
}

const DEARER =
  'Temporal and the worker spend more CPU on a run, as the table says. Its call waits in a queue of its own, so that a limit ' +
  'of the calls holds up no read; Temporal hands the floor’s to the worker with the answer to the workflow task, which it ' +
  'does within one queue only. Its history has four upserts of search attributes and memo more, for people and for the ' +
  'next run. And it makes more promises, of each of which the SDK keeps a stack trace';

/** What the figures should come to. */
export const REACHES: readonly Reach[] = [
  {
    what: 'throughput through RefreshClient to the floor’s, 32 at once',
    at: ['refreshes', '32 at once', 'RefreshClient', 'rate : floor'],
    least: 0.97,
    why: DEARER,
  },
  {
    what: 'throughput by name to the floor’s, 32 at once',
    at: ['refreshes', '32 at once', 'by name', 'rate : floor'],
    least: 1.05,
    why: `${DEARER}, and the policy, which a local activity records`,
  },
  {
    what: 'p50 through RefreshClient to the floor’s, one at a time',
    at: ['refreshes', '1 at once', 'RefreshClient', 'p50 : floor'],
    most: 1.05,
    why: `${DEARER}; a describe goes before the start`,
  },
  {
    what: 'gRPC requests of RefreshClient from ask to result',
    at: ['counts', 'one refresh', 'accepted, both webhooks', 'gRPC requests'],
    most: 3,
  },
  {
    what: 'CPU of our receiver behind node:http to the bare one’s, 500/s',
    at: ['webhooks', 'one delivery, nobody signalled', 'our receiver', '500/s : bare'],
    most: 1.3,
    why: 'it checks the time of the signature and the form of the event, and bounds the signal by a timer',
  },
  {
    what: 'CPU of our server to bare node:http, 500/s',
    at: ['webhooks', 'one delivery, nobody signalled', 'our server', '500/s : bare'],
    most: 1.3,
    why: 'Fastify, a log line and the metrics of each request',
  },
  {
    what: 'p99 at 500 webhooks/s, no refresh open, ms',
    at: ['webhooks', 'into the server', 'no refresh open', 'p99 at 500/s, ms'],
    most: 50,
    why: 'Temporal, the server and the sender share two cores, and each delivery asks Temporal for the run',
  },
  {
    what: 'p99 at 500 webhooks/s, refresh open, ms',
    at: ['webhooks', 'into the server', 'refresh open', 'p99 at 500/s, ms'],
    most: 50,
    why: 'each signal is a workflow task, and the SQLite of the dev server takes fewer of them a second',
  },
  {
    what: 'memory of a cached run that sleeps to the floor’s',
    at: ['sleepers', 'memory of a cached run', 'cache of 2000', 'product : floor'],
    most: 1.1,
    why: 'it holds its request, the whole policy, and what it knows of connection, calls and callers',
  },
  {
    what: 'heap that one more sleeper takes beyond a cache of 500, kB',
    at: ['sleepers', 'worker', 'product, cache of 500', 'one more uncached, kB'],
    most: 1,
  },
  {
    what: 'CPU of the cold replay of a plain refresh to the floor’s',
    at: ['replay', 'one cold replay', 'refreshed_by_events', ': floor'],
    most: 1.2,
  },
];
