const swc = [
  '@swc/jest',
  {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

/** One project per need: `unit` needs nothing, `workflow` the time-skipping server, the others a dev server. */
const project = (displayName, extra = {}) => ({
  displayName,
  testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
  testEnvironment: 'node',
  transform: { '\\.ts$': swc },
  // Copies that mutation testing works on.
  modulePathIgnorePatterns: ['<rootDir>/.stryker-tmp/'],
  ...extra,
});

/** @type {import('jest').Config} */
module.exports = {
  projects: [project('unit'), project('workflow'), project('integration'), project('replay')],
  testTimeout: 60_000,
  // Jest's own default on two cores is one; integration tests mostly wait, on processes and on Temporal.
  maxWorkers: 3,
};
