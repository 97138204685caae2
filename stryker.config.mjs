/** Mutates what decides about calls and what reads Meld's words. Run and judged in docs/contributing/mutation.md. */
export default {
  mutate: [
    'src/refresh/**/*.ts',
    'src/meld/{clip,describe-issues,instant}.ts',
    'src/meld/endpoints/connection-schema.ts',
    'src/meld/http/{meld-reply,retry-after}.ts',
    'src/meld/webhooks/*.ts',
  ],
  testRunner: 'jest',
  jest: { configFile: 'test/mutation/jest.config.js' },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // A mutant can make a run of the core endless; the bound is five times what its tests take, and this.
  timeoutFactor: 5,
  timeoutMS: 5_000,
  // Without a tsconfig.json Stryker needs no TypeScript of its own; Jest takes the types off with swc.
  ignorePatterns: ['/tsconfig*.json', '/dist', '/bench', '/deploy', '/docs', '/coverage', '/.meld-refresh'],
  reporters: ['progress-append-only', 'clear-text', 'html', 'json'],
  clearTextReporter: { logTests: false, reportTests: false },
  thresholds: { high: 95, low: 90, break: 90 },
};
