import { makeLogger } from '../../../src/lib/logger';
import { toTemporalLogger } from '../../../src/temporal/runtime';

test.each([
  ['No workflows registered, not polling for workflow tasks', 20],
  [
    'Activity not found on completion. This may happen if the activity has already been cancelled but completed anyway.',
    20,
  ],
  ['something else', 40],
])('a warning of the SDK, %s, is logged at level %i: what is meant warns nobody', (message, level) => {
  const lines: string[] = [];
  const logger = makeLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } });
  toTemporalLogger(logger).log('WARN', message, { taskQueue: 'q' });
  expect(JSON.parse(lines.join(''))).toMatchObject({ level, msg: message, taskQueue: 'q' });
});
