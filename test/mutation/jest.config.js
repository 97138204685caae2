const path = require('node:path');
const { projects } = require('../../jest.config');

/** With `WORLDS=200` made-up scenarios are run as well; without, the tables alone must notice. */
const skipped = process.env.WORLDS === undefined ? '/model-(based|check)\\.' : '/model-check\\.';

/** @type {import('jest').Config} */
module.exports = {
  ...projects.find(({ displayName }) => displayName === 'unit'),
  displayName: 'mutation',
  rootDir: path.join(__dirname, '../..'),
  testMatch: ['refresh', 'meld'].map((room) => `<rootDir>/test/unit/${room}/**/*.test.ts`),
  // What needs time or a socket is left out: a busy machine must not kill a mutant.
  testPathIgnorePatterns: [
    '/node_modules/',
    skipped,
    '-connections?\\.test\\.ts$',
    '/post-re(fresh|pair)\\.test\\.ts$',
  ],
  // The same made-up input, for every mutant.
  setupFiles: ['<rootDir>/test/mutation/fixed-seed.js'],
};
