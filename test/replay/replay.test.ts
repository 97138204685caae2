import { DeterminismViolationError } from '@temporalio/workflow';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { ESCALATIONS, OUTCOMES } from '../../src/refresh/model/outcome';
import { refreshWorkflowId } from '../../src/workflows/messages';
import { workflowBundle } from '../support/workflow-bundle';
import { CORPUS } from './support/corpus';
import { recordedHistory, recordedNames } from './support/histories';

// What a tampered history makes the SDK complain about is expected here.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: 'OFF' } },
});

const names = Object.keys(CORPUS);

const replay = async (name: string, history = recordedHistory(name)): Promise<void> => {
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, refreshWorkflowId(name));
};

test('every path of the corpus was recorded, and nothing else', () => {
  expect([...recordedNames()].sort()).toEqual([...names].sort());
});

test('a history that nobody recorded fails', () => {
  expect(() => recordedHistory('never_recorded')).toThrow(/never_recorded/);
});

test('the corpus reaches every outcome and every reason to escalate', () => {
  const ends = Object.values(CORPUS).map((path) => path.ends);
  const outcomes = OUTCOMES.filter((outcome) => outcome !== 'escalated');
  expect([...outcomes, ...ESCALATIONS].filter((end) => !ends.includes(end))).toEqual([]);
});

test.each(names)('the recorded history of %s replays', async (name) => {
  await replay(name);
});

test.each(names)('a tampered history of %s fails', async (name) => {
  const history = recordedHistory(name);
  for (const { activityTaskScheduledEventAttributes: scheduled } of history.events ?? []) {
    if (scheduled?.activityType) scheduled.activityType.name = 'someOtherActivity';
  }
  await expect(replay(name, history)).rejects.toThrow(DeterminismViolationError);
});
