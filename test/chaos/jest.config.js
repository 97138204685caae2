const [project] = require('../../jest.config.js').projects.filter(
  ({ displayName }) => displayName === 'integration',
);

/** Only `npm run chaos` uses this: a round takes minutes. */
module.exports = {
  ...project,
  displayName: 'chaos',
  rootDir: '../..',
  testMatch: ['<rootDir>/test/chaos/seeds.ts'],
  // Jest would hold back what a round tells until the last one has ended.
  verbose: false,
};
