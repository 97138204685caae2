import { aStack, type TestStack } from './support/a-stack';
import { deliver, anEvent } from './support/signed-webhook';
import { until } from './support/until';

let stack: TestStack;
beforeAll(async () => {
  stack = await aStack({
    // The window is that of `Retry-After`: hours of it, so that only the cancellation can end the wait.
    policy: { giveUpAfter: '24h', rateLimitCeiling: '24h' },
  });
});
afterAll(() => stack.close());

/** 5 s: a busy machine; the wait that is cut short would last three hours. */
const AT_ONCE_MS = 5_000;

const waitingIn = (phase: string, id: string) =>
  until(`the refresh is ${phase}`, async () => {
    const { progress } = await stack.api.read(id);
    return progress?.phase === phase ? progress : null;
  });

test('a refresh that waits in a window ends at once when it is canceled, and leaves the window behind', async () => {
  const { api, meld } = stack;
  const [connection] = await meld.createConnections([
    { scenario: 'mx_window', params: { windowMs: 10_800_000 } },
  ]);
  const { id } = connection!;
  await api.start(id);
  const { nextAllowedAt } = await waitingIn('waiting_for_window', id);
  expect(Date.parse(nextAllowedAt!)).toBeGreaterThan(Date.now() + 10_000_000);

  const canceledAtMs = Date.now();
  expect((await api.cancel(id)).status).toBe(202);
  const seen = await api.read(id, 30);
  expect(seen).toMatchObject({ state: 'canceled', progress: { phase: 'ended' } });
  expect(seen.result).toBeUndefined();
  expect(Date.now() - canceledAtMs).toBeLessThan(AT_ONCE_MS);

  // Nothing is open any more: neither for a second cancellation nor for a webhook.
  expect((await api.cancel(id)).status).toBe(404);
  const late = await deliver(stack.webhooks, anEvent(id));
  expect(late).toMatchObject({ status: 200, json: { result: 'no_open_refresh' } });

  // The next refresh knows the window: it makes no call, and says when one is allowed.
  await api.start(id, { onRateLimit: 'return' });
  expect(await api.result(id)).toMatchObject({ outcome: 'rate_limited', calls: [] });
  expect(await meld.ledger(id)).toMatchObject([{ answer: 'rate_limited', charged: false }]);
});

test('a refresh that waits for its data ends at once, too; its call stays in its own ledger and in that of Meld', async () => {
  const { api, meld } = stack;
  const [connection] = await meld.createConnections([{ params: { aggregationMs: 3_600_000 } }]);
  const { id } = connection!;
  await api.start(id);
  await waitingIn('waiting_for_data', id);
  const canceledAtMs = Date.now();
  expect((await api.cancel(id)).status).toBe(202);
  const requestId: unknown = expect.stringMatching(/./);
  expect(await api.read(id, 30)).toMatchObject({
    state: 'canceled',
    progress: { calls: 1, ledger: [{ answer: 'accepted', httpStatus: 200, requestId, mayBeCharged: true }] },
  });
  expect(Date.now() - canceledAtMs).toBeLessThan(AT_ONCE_MS);
  expect(await meld.ledger(id)).toMatchObject([{ charged: true }]);
});
