const [project] = require('../../jest.config.js').projects.filter(
  ({ displayName }) => displayName === 'replay',
);

/** Only `npm run record-histories` uses this: the recorder is no test. */
module.exports = {
  ...project,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/replay/record-histories.ts'],
  testTimeout: 60_000,
};
