import { randomUUID } from 'node:crypto';
import { TemporalRejectedError } from '../../src/client';
import { startClientRig, type ClientRig } from './support/client-rig';

/** Temporal's own is 10,000. */
const LIMIT = 5;

let rig: ClientRig;
beforeAll(async () => {
  rig = await startClientRig(['--dynamic-config-value', `history.maximumSignalsPerExecution=${LIMIT}`]);
});
afterAll(() => rig.close());

test('a run that Temporal lets nobody signal any more refuses joins, and can be read and canceled', async () => {
  const connectionId = `asked-too-often-${randomUUID()}`;
  const { runId } = await rig.refreshes.refresh({ connectionId });
  // Each asks for more than the run shows: one that does not is no signal.
  const joinWithin = (hours: number) =>
    rig.refreshes.refresh({ connectionId, giveUpAfter: `${24 + hours}h` });
  for (let joins = 1; joins <= LIMIT; joins += 1) {
    expect(await joinWithin(joins)).toMatchObject({ disposition: 'joined', runId });
  }
  const refused = await joinWithin(LIMIT + 1).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(TemporalRejectedError);
  expect(String(refused)).toMatch(/signal/);

  expect(await rig.refreshes.latest(connectionId)).toMatchObject({ runId, state: 'running' });
  expect(await rig.refreshes.cancel(connectionId)).toBe('requested');
  expect(await rig.refreshes.wait(connectionId, { timeoutMs: 10_000 })).toMatchObject({ state: 'canceled' });
});
