const [integration] = require('../../jest.config.js').projects.filter(
  ({ displayName }) => displayName === 'integration',
);

/** Only `npm run test:postgres` uses this: the suites that need a Temporal server, on one with PostgreSQL. */
module.exports = {
  ...integration,
  displayName: 'postgres',
  rootDir: '../..',
  testMatch: [
    '<rootDir>/test/postgres/*.test.ts',
    '<rootDir>/test/integration/*.test.ts',
    '<rootDir>/test/chaos/seeds.ts',
  ],
  // It is about the dev server itself: its UI, its file and its flags.
  testPathIgnorePatterns: ['<rootDir>/test/integration/dev-server.test.ts'],
  testTimeout: 60_000,
  verbose: false,
};
