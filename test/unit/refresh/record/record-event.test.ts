import { recordEvents } from '../../../../src/refresh/record/record-event';
import { Run, T0, accepted } from '../support/a-run';

test('events come by the thousand, each taken once, and the latest are kept', () => {
  const run = new Run().reads();
  const events = Array.from({ length: 10_000 }, (_, n) => ({
    kind: 'accounts_updated' as const,
    eventId: `e${n % 5_000}`,
    occurredAtMs: T0 + (n % 5_000),
  }));
  run.state = recordEvents(run.at('10s').state, events, run.nowMs);
  const { seenIds, seen } = run.state.events;
  expect(seenIds.size).toBe(5_000);
  expect(seen.accounts_updated.map(({ eventId }) => eventId)).toEqual(
    Array.from({ length: 20 }, (_, n) => `e${4_999 - n}`),
  );
});

test('an event whose time cannot be read proves nothing, and asks for a read', () => {
  const run = new Run({ products: ['BALANCES'] }).reads().calls(accepted).at('5s');
  const event = { kind: 'accounts_updated', eventId: 'e', occurredAtMs: -Infinity } as const;
  run.state = recordEvents(run.state, [event], run.nowMs);
  expect(run.next).toMatchObject({ step: 'read', kind: 'deciding' });
  expect(run.reads().next).toMatchObject({ step: 'wait', phase: 'waiting_for_data' });
});
