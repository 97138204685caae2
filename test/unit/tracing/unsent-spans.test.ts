import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** The exporter loads its client by `import()`, which needs a process of its own. */
const PROGRAM = `
  const { createServer } = require('node:http');
  const { trace } = require('@opentelemetry/api');
  const { makeLogger } = require('./src/lib/logger.ts');
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
  const { makeLogger } = require('./src/lib/logger.ts');
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

/** Refuses, takes and refuses spans: one request each. */
const BACK_FOR_A_WHILE = `
  const { createServer } = require('node:http');
  const { trace } = require('@opentelemetry/api');
  const { makeLogger } = require('./src/lib/logger.ts');
  const { openTelemetry } = require('./src/tracing/open-telemetry.ts');
  process.env.OTEL_BSP_SCHEDULE_DELAY = '50';
  let tracing;
  const send = () => trace.getTracer('a-test').startSpan('a-span').end();
  const statuses = [400, 200, 400];
  const collector = createServer((request, response) => {
    request.resume();
    response.writeHead(statuses.shift()).end(async () => {
      if (statuses.length > 0) return send();
      await tracing.close();
      process.exit(0);
    });
  }).listen(0, '127.0.0.1', () => {
    const endpoint = 'http://127.0.0.1:' + collector.address().port;
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = endpoint;
    tracing = openTelemetry({ settings: { exporter: 'otlp', endpoint }, serviceName: 'a-test', logger: makeLogger() });
    send();
  });
`;

function warningsOf(program: string): readonly unknown[] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--require', './test/unit/simulator/typescript-hook.cjs', '--eval', program],
    { cwd: path.join(__dirname, '../../..'), encoding: 'utf8', timeout: 30_000 },
  );
  expect(stderr).toBe('');
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line));
}

const aWarning = (why: string) => ({
  level: 40,
  event: 'tracing',
  endpoint: expect.stringContaining('http://127.0.0.1:'),
  msg: 'spans cannot be sent',
  error: { message: expect.stringContaining(why) },
});

test.each([
  ['silent', PROGRAM, 'no answer in time'],
  ['gone', REFUSED, 'ECONNREFUSED'],
])('a collector that is %s is named by one warning, and does not hold up the stop', (_how, program, why) => {
  expect(warningsOf(program)).toMatchObject([aWarning(why)]);
});

test('a collector that is gone again is named again, since somebody has seen it back', () => {
  expect(warningsOf(BACK_FOR_A_WHILE)).toMatchObject([aWarning('Bad Request'), aWarning('Bad Request')]);
});
