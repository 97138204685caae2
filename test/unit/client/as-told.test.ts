import { asTold } from '../../../src/client/as-told';
import { aDescription, anEnd } from '../cli/support/a-description';

test('tells a request in its own words what the run that another wish made escalate has brought it', () => {
  const run = anEnd('conn-1', 'escalated');
  const { result: own } = anEnd('conn-1', 'already_fresh');
  expect(asTold(run, { forCaller: (result) => own ?? result })).toMatchObject({
    outcome: 'already_fresh',
    result: { outcome: 'already_fresh' },
    progress: { phase: 'ended', why: 'no call was needed' },
  });
});

test('leaves a run that goes on as it is', () => {
  const run = aDescription({});
  expect(asTold(run, { forCaller: (result) => result })).toBe(run);
});
