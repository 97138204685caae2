import { aProgress } from '../../../support/a-progress';
import { toListedRefresh, toRefresh } from '../../../../src/server/schemas/refresh-response';
import { anEnd } from '../../cli/support/a-description';

const key = {
  key: 'transfer-of-another-caller',
  request: 'f1',
  freshSince: '2026-03-01T12:00:00.000Z',
  requestedAt: '2026-03-01T12:00:00.000Z',
  runId: null,
};
const ended = anEnd('con-1', 'refreshed');
const progress = aProgress({ idempotencyKeys: [key] });
const run = { ...ended, progress, customerId: 'customer-1' };

test.each([
  ['one run', toRefresh],
  ['a run in a list', toListedRefresh],
])('shows nobody the idempotency keys of other callers: %s', (_name, show) => {
  expect(JSON.stringify(run)).toContain(key.key);
  expect(JSON.stringify(show(run))).not.toContain(key.key);
});

test('one run has its result, a run in a list what can be filtered by', () => {
  expect(toRefresh(run)).toMatchObject({ connectionId: 'con-1', result: run.result });
  for (const field of ['outcome', 'customerId', 'provider']) expect(toRefresh(run)).not.toHaveProperty(field);
  expect(toListedRefresh(run)).toMatchObject({
    outcome: 'refreshed',
    customerId: 'customer-1',
    mayBeCharged: 1,
  });
  expect(toListedRefresh(run)).not.toHaveProperty('result');
});
