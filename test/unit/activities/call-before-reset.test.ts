import { Client, Connection } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time';
import { MockActivityEnvironment } from '@temporalio/testing';
import { callsBeforeReset } from '../../../src/activities/call-before-reset';

const WORKFLOW_ID = 'refresh-connection-conn-1';
const aCall = (sentAt: string) => ({ sentAt, products: null, aggregatedBefore: null });
const FIRST = aCall('2026-03-01T12:00:00Z');
const SECOND = aCall('2026-03-01T13:00:00Z');
const AWAIT_MS = 1_800_000;
const SCHEDULED_MS = Date.parse('2026-03-01T14:00:00Z');

interface Run {
  readonly progress?: unknown;
  readonly resetTo?: string;
  /** RFC 3339. */
  readonly made?: string;
  readonly closed?: string;
  readonly fails?: { readonly code: number };
}

/** What the activity of the run `now` finds, with these runs at Temporal, of which `first` was the first. */
async function found(
  first: string,
  runs: Readonly<Record<string, Run>>,
  listed: readonly string[] | Error = [],
) {
  const asked: (string | undefined)[] = [];
  const connection = Connection.lazy();
  const client = new Client({ connection });
  jest
    .spyOn(client.workflowService, 'describeWorkflowExecution')
    .mockImplementation(({ execution }: { execution?: { runId?: string | null } | null }) => {
      const runId = execution?.runId ?? '';
      asked.push(runId);
      const { progress, resetTo, made, closed, fails } = runs[runId] ?? {};
      if (fails !== undefined) {
        return Promise.reject(Object.assign(new Error('made up'), { ...fails, details: '', metadata: {} }));
      }
      const memo =
        progress === undefined ? {} : { fields: { progress: defaultPayloadConverter.toPayload(progress) } };
      return Promise.resolve({
        workflowExecutionInfo: {
          memo,
          ...(made !== undefined && { startTime: msToTs(Date.parse(made)) }),
          ...(closed !== undefined && { closeTime: msToTs(Date.parse(closed)) }),
        },
        workflowExtendedInfo: { resetRunId: resetTo ?? '' },
      }) as never;
    });
  jest
    .spyOn(client.workflowService, 'listWorkflowExecutions')
    .mockImplementation(({ query }: { query?: string | null }) => {
      expect(query).toBe(`WorkflowId = "${WORKFLOW_ID}"`);
      if (listed instanceof Error) return Promise.reject(listed);
      return Promise.resolve({ executions: listed.map((runId) => ({ execution: { runId } })) }) as never;
    });
  const environment = new MockActivityEnvironment(
    {
      workflowExecution: { workflowId: WORKFLOW_ID, runId: 'now' },
      currentAttemptScheduledTimestampMs: SCHEDULED_MS,
    },
    { client },
  );
  try {
    return {
      call: await environment.run(callsBeforeReset, { firstRunId: first, awaitCallsMs: AWAIT_MS }),
      asked,
    };
  } finally {
    await connection.close();
  }
}

test('a run that was not reset asks nobody', async () => {
  expect(await found('now', { now: { progress: { lastCall: FIRST } } })).toEqual({ call: null, asked: [] });
});

test('the call of the run that was reset is found in its memo', async () => {
  const { call } = await found('a', { a: { progress: { lastCall: FIRST }, resetTo: 'now' } });
  expect(call).toEqual(FIRST);
});

test('of several resets all calls are found, the latest with the others in it', async () => {
  const { call, asked } = await found('a', {
    a: { progress: { lastCall: FIRST }, resetTo: 'b' },
    b: { progress: { lastCall: SECOND }, resetTo: 'c' },
    c: { progress: { lastCall: null }, resetTo: 'now' },
  });
  expect(call).toEqual({ ...SECOND, earlier: [FIRST] });
  expect(asked).toEqual(['a', 'b', 'c']);
});

test('of a run that was reset twice the run in between is found in the list', async () => {
  const runs = {
    first: { progress: { lastCall: FIRST }, resetTo: 'now' },
    between: { progress: { lastCall: SECOND } },
  };
  const { call, asked } = await found('first', runs, ['now', 'between', 'first']);
  expect(call).toEqual({ ...SECOND, earlier: [FIRST] });
  expect(asked).toEqual(['first', 'between']);
});

test('runs that are reset to each other are asked once each', async () => {
  const { asked } = await found('a', { a: { resetTo: 'b' }, b: { resetTo: 'a' } });
  expect(asked).toEqual(['a', 'b']);
});

test('at most 20 runs are asked', async () => {
  const listed = Array.from({ length: 30 }, (_, nth) => `run ${nth}`);
  expect((await found('a', {}, listed)).asked).toHaveLength(20);
});

test.each([
  ['no memo', {}],
  ['a memo that is no progress', { progress: 'text' }],
  ['a call without an instant', { progress: { lastCall: { products: null } } }],
])('%s is no memory', async (_name, run) => {
  expect((await found('a', { a: { ...run, resetTo: 'now' } })).call).toBeNull();
});

test('a run that retention has removed ends the search with what was found', async () => {
  const { call } = await found('a', {
    a: { progress: { lastCall: FIRST }, resetTo: 'b' },
    b: { fails: { code: 5 } },
  });
  expect(call).toEqual(FIRST);
});

test('a Temporal that cannot be asked is an error: nothing is paid for blindly', async () => {
  await expect(found('a', { a: { fails: { code: 14 } } })).rejects.toThrow('made up');
});

test('a call that was under way when its run closed has left within 15 s, or was dropped', async () => {
  const lastCall = { ...FIRST, leftBy: '2026-03-01T12:05:15.000Z' };
  const first = { progress: { lastCall }, closed: '2026-03-01T12:00:01Z' };
  const { call } = await found('first', { first });
  expect(call).toEqual({ ...FIRST, leftBy: '2026-03-01T12:00:16.000Z' });
});

describe('while visibility is away', () => {
  const away = new Error('visibility is away');
  const first = { progress: { lastCall: FIRST }, resetTo: 'now' };

  test('a run that was reset longer ago than data may come asks only the runs that Temporal names', async () => {
    const now = { made: '2026-03-01T13:29:45Z' };
    expect(await found('first', { first, now }, away)).toEqual({
      call: FIRST,
      asked: ['now', 'first'],
    });
  });

  test.each<[string, Run]>([
    ['has been reset since', { made: '2026-03-01T13:29:46Z' }],
    ['Temporal does not date', {}],
  ])('a run that %s pays for nothing blindly', async (_which, now) => {
    await expect(found('first', { first, now }, away)).rejects.toThrow('visibility is away');
  });
});
