import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import {
  CALL_FIRST,
  changedBundle,
  OTHER_SUMMARY,
  RENAMED_ACTIVITY,
  SLEEP_FIRST,
  SLEEP_FIRST_IF_NEW,
  type Edit,
} from '../support/changed-bundle';
import { connectionIdOf } from '../../src/client/ids';
import { refreshWorkflowId } from '../../src/workflows/messages';
import { recordedHistory, recordedNames } from './support/histories';

// What incompatible code makes the SDK complain about is expected here.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: 'OFF' } },
});

const names = recordedNames();

/** How the recorded histories take to the changed code, by the name of what went wrong. */
async function verdicts(edits: readonly Edit[]): Promise<Record<string, readonly string[]>> {
  const histories = names.map((name) => ({
    workflowId: refreshWorkflowId(name),
    history: recordedHistory(name),
  }));
  const found: Record<string, string[]> = {};
  const options = { workflowBundle: await changedBundle(edits) };
  for await (const { workflowId, error } of Worker.runReplayHistories(options, histories)) {
    (found[error?.name ?? 'replayed'] ??= []).push(connectionIdOf(workflowId));
  }
  return found;
}

test.each([
  ['sleeps before it reads', SLEEP_FIRST],
  ['pays before it reads', CALL_FIRST],
  ['reads by an activity of another name', RENAMED_ACTIVITY],
])('a change that %s fails on every recorded history', async (_what, edits) => {
  expect(await verdicts(edits)).toEqual({ DeterminismViolationError: names });
});

test.each([
  ['nothing', []],
  ['what people read beside a call', OTHER_SUMMARY],
  ['the order for new runs only, guarded by patched()', SLEEP_FIRST_IF_NEW],
])('a change of %s replays every recorded history', async (_what, edits) => {
  expect(await verdicts(edits)).toEqual({ replayed: names });
});
