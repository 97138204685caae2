interface Reach {
  readonly what: string;
  readonly at: readonly [part: string, table: string, row: string, column: string];
  readonly least?: number;
  readonly most?: number;
  /** Said where it was missed. */
  readonly why?: string;
}

/** What the figures should come to. */
export const REACHES: readonly Reach[] = [
  {
    what: 'throughput through RefreshClient to the floor’s, 32 at once',
    at: ['refreshes', '32 at once', 'RefreshClient', 'rate : floor'],
    least: 0.97,
  },
  {
    what: 'throughput by name to the floor’s, 32 at once',
    at: ['refreshes', '32 at once', 'by name', 'rate : floor'],
    least: 1.05,
  },
  {
    what: 'p50 through RefreshClient to the floor’s, one at a time',
    at: ['refreshes', '1 at once', 'RefreshClient', 'p50 : floor'],
    most: 1.05,
  },
  {
    what: 'gRPC requests of RefreshClient from ask to result',
    at: ['counts', 'one refresh', 'accepted, both webhooks', 'gRPC requests'],
    most: 3,
  },
  {
    what: 'CPU of our receiver behind node:http to the bare one’s',
    at: ['webhooks', 'one delivery, nobody signalled', 'our receiver', ': bare'],
    most: 1.3,
  },
  {
    what: 'CPU of our server to bare node:http',
    at: ['webhooks', 'one delivery, nobody signalled', 'our server', ': bare'],
    most: 1.3,
  },
  {
    what: 'p99 at 500 webhooks/s, no refresh open, ms',
    at: ['webhooks', 'into the server', 'no refresh open', 'p99 at 500/s, ms'],
    most: 50,
  },
  {
    what: 'p99 at 500 webhooks/s, refresh open, ms',
    at: ['webhooks', 'into the server', 'refresh open', 'p99 at 500/s, ms'],
    most: 50,
  },
];
