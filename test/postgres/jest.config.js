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
  // They are about the dev server itself, its UI, its file and its flags; or look into the database of a server.
  testPathIgnorePatterns: [
    'dev-server',
    ...(process.env.ELSEWHERE === undefined
      ? []
      : ['canary', 'encryption', 'signal-limit', 'test/postgres/webhooks']),
  ].map((name) => `<rootDir>/.*${name}.test.ts`),
  testTimeout: 60_000,
  verbose: false,
};
