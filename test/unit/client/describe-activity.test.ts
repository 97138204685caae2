import { temporal } from '@temporalio/proto';
import { describeActivity, isInCall } from '../../../src/client/describe-activity';

const NOW_MS = Date.parse('2026-03-01T12:00:05Z');
const seconds = { toNumber: () => NOW_MS / 1_000 - 2, valueOf: () => NOW_MS / 1_000 - 2 };
type Raw = Parameters<typeof describeActivity>[0];
type Pending = NonNullable<Raw['pendingActivities']>[number];
const {
  PENDING_ACTIVITY_STATE_STARTED: STARTED,
  PENDING_ACTIVITY_STATE_SCHEDULED: SCHEDULED,
  PENDING_ACTIVITY_STATE_CANCEL_REQUESTED: CANCEL_REQUESTED,
  PENDING_ACTIVITY_STATE_PAUSE_REQUESTED: PAUSE_REQUESTED,
  PENDING_ACTIVITY_STATE_PAUSED: PAUSED,
} = temporal.api.enums.v1.PendingActivityState;

const pending = (name: string, over: Partial<Pending> = {}): Raw => ({
  pendingActivities: [
    {
      activityType: { name },
      state: STARTED,
      attempt: 1,
      lastStartedTime: { seconds: seconds as never },
      ...over,
    },
  ],
});
const failed = (type: string, message: string): Partial<Pending> => ({
  attempt: 3,
  lastFailure: { message, applicationFailureInfo: { type } },
});

test.each<[string, Raw, string | null]>([
  ['the paid call under way', pending('requestRefresh'), 'requesting the refresh from Meld (2 s)'],
  [
    'the paid call without a worker',
    pending('requestRefresh', { state: SCHEDULED }),
    'the call to Meld is queued, waiting for a worker or the rate limit',
  ],
  ['a read', pending('readConnection'), 'reading the connection'],
  [
    'a read without a worker',
    pending('readConnection', { state: SCHEDULED }),
    'the read of the connection is queued, waiting for a worker',
  ],
  [
    'a read that fails',
    pending('readConnection', failed('MeldUnavailable', 'Meld answered 503')),
    'reading the connection, attempt 3: Meld answered 503',
  ],
  [
    'a poll under way',
    pending('readConnection', failed('NothingNew', 'Nothing has changed.')),
    'polling the connection',
  ],
  [
    'the time between two polls, for which the progress has the words',
    pending('readConnection', { ...failed('NothingNew', ''), state: SCHEDULED }),
    null,
  ],
  [
    'the question of a run that was reset',
    pending('readEarlierCalls', failed('', 'visibility is away')),
    'asking Temporal for calls before the reset',
  ],
  ['an activity of a newer worker', pending('somethingElse'), null],
  [
    'a workflow task that fails, whatever else is under way',
    { ...pending('requestRefresh'), pendingWorkflowTask: { attempt: 3 } },
    "its workflow task is tried again, attempt 3: the worker's log says why",
  ],
  ['nothing', {}, null],
])('%s', (_name, raw, expected) => {
  expect(describeActivity(raw, true, NOW_MS)).toBe(expected);
});

test.each([
  [STARTED, true],
  [CANCEL_REQUESTED, true],
  [PAUSE_REQUESTED, true],
  [SCHEDULED, false],
  [PAUSED, false],
])(
  'a call in Temporal’s state %s: whether Meld may have it is %s, which is what is shown',
  (state, taken) => {
    const raw = pending('requestRefresh', { state });
    expect(isInCall(raw)).toBe(taken);
    expect(describeActivity(raw, true, NOW_MS)).toContain(taken ? 'requesting the refresh' : 'is queued');
    expect(isInCall(pending('readConnection', { state }))).toBe(false);
  },
);

test.each<[string, Raw, boolean, string | null]>([
  [
    'before any worker took it up',
    { pendingWorkflowTask: { attempt: 1 } },
    false,
    'queued, waiting for a worker',
  ],
  ['once one has', { pendingWorkflowTask: { attempt: 1, startedTime: {} } }, false, null],
  ['later, between two steps', { pendingWorkflowTask: { attempt: 1 } }, true, null],
])('%s', (_name, raw, begun, expected) => {
  expect(describeActivity(raw, begun, NOW_MS)).toBe(expected);
});

test('a run that is to be canceled says so, with what it still does', () => {
  const workflowExtendedInfo = { cancelRequested: true };
  const queued = { workflowExtendedInfo, pendingWorkflowTask: { attempt: 1 } };
  expect(describeActivity(queued, false, NOW_MS)).toBe('cancel requested; queued, waiting for a worker');
  expect(describeActivity({ workflowExtendedInfo }, true, NOW_MS)).toBe('cancel requested');
});
