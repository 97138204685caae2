import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** The exporter loads its client by `import()`, which needs a process of its own. */
const PROGRAM = `
  const { createServer } = require('node:http');
  const { trace } = require('@opentelemetry/api');
  const { makeLogger } = require('./src/logger.ts');
  const { openTelemetry } = require('./src/tracing/open-telemetry.ts');
  // Takes connections and answers nothing: the longest that a collector can keep a process waiting.
  const collector = createServer(() => undefined).listen(0, '127.0.0.1', async () => {
    const endpoint = 'http://127.0.0.1:' + collector.address().port;
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = endpoint;
    const tracing = openTelemetry({ settings: { exporter: 'otlp', endpoint }, serviceName: 'a-test', logger: makeLogger() });
    trace.getTracer('a-test').startSpan('never-sent').end();
    await tracing.close();
    process.exit(0);
  });
`;

/** Refuses each connection: the exporter tells, and the processor would tell again. */
const REFUSED = `
  const { trace } = require('@opentelemetry/api');
  const { makeLogger } = require('./src/logger.ts');
  const { openTelemetry } = require('./src/tracing/open-telemetry.ts');
  const endpoint = 'http://127.0.0.1:1';
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = endpoint;
  process.env.OTEL_EXPORTER_OTLP_TIMEOUT = '500';
  process.env.OTEL_BSP_SCHEDULE_DELAY = '50';
  let warnings = 0;
  const logger = makeLogger({ destination: { write: (line) => { process.stdout.write(line); warnings += 1; } } });
  const tracing = openTelemetry({ settings: { exporter: 'otlp', endpoint }, serviceName: 'a-test', logger });
  const send = () => trace.getTracer('a-test').startSpan('never-sent').end();
  send();
  const poll = setInterval(async () => {
    if (warnings === 0) return;
    clearInterval(poll);
    send();
    await tracing.close();
    process.exit(0);
  }, 20);
`;

test.each([
  ['silent', PROGRAM, 'no answer in time'],
  ['gone', REFUSED, 'ECONNREFUSED'],
])('a collector that is %s is named by one warning, and does not hold up the stop', (_how, program, why) => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--require', './test/unit/simulator/typescript-hook.cjs', '--eval', program],
    { cwd: path.join(__dirname, '../../..'), encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 40,
    event: 'tracing',
    endpoint: expect.stringContaining('http://127.0.0.1:'),
    msg: 'spans cannot be sent',
    error: { message: expect.stringContaining(why) },
  });
});
