import { taskPriority } from '../../../src/workflows/task-priority';

test('interactive is what Temporal takes when nothing is said, of five; bulk comes last', () => {
  expect(taskPriority('interactive', null)).toEqual({ priorityKey: 3 });
  expect(taskPriority('bulk', undefined)).toEqual({ priorityKey: 5 });
});

test.each([
  ['an id as it is', 'cust-1', 'cust-1'],
  ['no more than the 64 bytes that Temporal takes', 'x'.repeat(128), 'x'.repeat(64)],
  ['a byte for each letter', '€ü𝄞 1', '_____1'],
])('the fairness key is the customer: %s', (_name, customerId, fairnessKey) => {
  expect(taskPriority('bulk', customerId)).toEqual({ priorityKey: 5, fairnessKey });
});
