const path = require('node:path');
const { projects } = require('../../jest.config');

/** Few worlds, and the same ones for every mutant: thousands of mutants live through them. */
process.env.WORLDS ??= '200';

/** @type {import('jest').Config} */
module.exports = {
  ...projects.find(({ displayName }) => displayName === 'unit'),
  displayName: 'mutation',
  rootDir: path.join(__dirname, '../..'),
  testMatch: ['refresh', 'meld'].map((room) => `<rootDir>/test/unit/${room}/**/*.test.ts`),
  // Not what tests the worlds themselves, nor what needs time or a socket: a busy machine must not kill a mutant.
  testPathIgnorePatterns: ['/node_modules/', '/worlds-variety\\.', '-connections?\\.test\\.ts$'],
  setupFiles: ['<rootDir>/test/mutation/fixed-seed.js'],
};
