import { ApplicationFailure } from '@temporalio/common';
import type { OutcomeNotice } from '../../src/refresh/model/outcome';
import { deliveryWorkflowId } from '../../src/workflows/messages';
import { skipTime } from './support/skipping-time';

test('an outcome that is to be told is told by a run of its own, retried, and the refresh does not wait for it', async () => {
  const told: OutcomeNotice[] = [];
  const world = await skipTime({
    deliverOutcome: async (asked) => {
      told.push(asked);
      if (told.length < 3) throw ApplicationFailure.create({ message: 'receiver down', nextRetryDelay: 50 });
    },
  });
  try {
    world.simulator.createConnection({ id: 'told', scenario: 'vanished' });
    const policy = { deliverOutcomes: ['not_found'] } as const;
    const handle = await world.start({ connectionId: 'told', customerId: 'cust-1', policy });
    const { finishedAt } = await handle.result();
    const runId = handle.firstExecutionRunId;
    const delivery = world.env.client.workflow.getHandle(deliveryWorkflowId('told', runId, finishedAt));
    await delivery.result();
    expect(told).toHaveLength(3);
    expect(told[2]).toMatchObject({ runId, customerId: 'cust-1', result: { outcome: 'not_found' } });

    const { events } = await handle.fetchHistory();
    const started = (events ?? []).filter(({ startChildWorkflowExecutionInitiatedEventAttributes }) =>
      Boolean(startChildWorkflowExecutionInitiatedEventAttributes),
    );
    expect(started).toHaveLength(1);
  } finally {
    await world.close();
  }
});

test('any other outcome is told to nobody', async () => {
  const world = await skipTime();
  try {
    world.simulator.createConnection({ id: 'untold', scenario: 'vanished' });
    const handle = await world.start({ connectionId: 'untold', policy: { deliverOutcomes: ['refreshed'] } });
    await handle.result();
    const { events } = await handle.fetchHistory();
    const kinds = (events ?? []).filter((event) => event.startChildWorkflowExecutionInitiatedEventAttributes);
    expect(kinds).toEqual([]);
  } finally {
    await world.close();
  }
});
