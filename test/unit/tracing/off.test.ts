import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** Loads what both processes are made of, and starts tracing in each way. Prometheus' client loads the API package itself. */
const PROGRAM = `
  const Module = require('node:module');
  const loaded = () => Object.keys(require.cache).filter((file) => /@opentelemetry.(?!api.)/.test(file)).length;
  require('./src/worker.ts');
  require('./src/server/main.ts');
  const { makeLogger } = require('./src/lib/logger.ts');
  const { startTracing } = require('./src/tracing/start-tracing.ts');
  const rest = { serviceName: 'a-test', logger: makeLogger({ level: 'silent' }) };
  const off = startTracing({ settings: null, ...rest });
  const whenOff = loaded();
  const resolve = Module._resolveFilename;
  Module._resolveFilename = (id, ...others) => {
    if (id === '@opentelemetry/resources') throw new Error('no such module');
    return resolve(id, ...others);
  };
  let missing;
  try { startTracing({ settings: { exporter: 'otlp', endpoint: '' }, ...rest }); } catch ({ name, message }) { missing = name + ': ' + message; }
  Module._resolveFilename = resolve;
  startTracing({ settings: { exporter: 'otlp', endpoint: '' }, ...rest });
  process.stdout.write(JSON.stringify({ off, whenOff, missing, whenOn: loaded() }));
  process.exit(0);
`;

test('a process without tracing loads nothing of OpenTelemetry, and one with it says what is missing', () => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--require', './test/unit/simulator/typescript-hook.cjs', '--eval', PROGRAM],
    { cwd: path.join(__dirname, '../../..'), encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    off: null,
    whenOff: 0,
    missing:
      'MissingDependencyError: Tracing needs @opentelemetry/resources: optional dependency of meld-refresh, not ' +
      'installed. To install: npm install @opentelemetry/resources (or install meld-refresh without --omit=optional).',
    whenOn: expect.any(Number),
  });
  expect((JSON.parse(stdout) as { whenOn: number }).whenOn).toBeGreaterThan(10);
});
