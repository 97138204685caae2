import { ApplicationFailure } from '@temporalio/common';
import { skipTime } from './support/skipping-time';

test('an activity that breaks in the call is an unknown answer, and is not repeated blindly', async () => {
  let calls = 0;
  const world = await skipTime({
    requestRefresh: async () => {
      calls += 1;
      throw ApplicationFailure.create({ message: 'the worker fell over' });
    },
  });
  try {
    world.simulator.createConnection({ id: 'fallen' });
    const result = await (await world.start({ connectionId: 'fallen', maxCharges: 1 })).result();
    expect(result).toMatchObject({
      outcome: 'escalated',
      reason: 'charge_limit',
      calls: [{ answer: 'unknown', httpStatus: null, requestId: null }],
    });
    expect(calls).toBe(1);
  } finally {
    await world.close();
  }
});
