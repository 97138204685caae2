import { existsSync, readFileSync } from 'node:fs';

// Prints what a run of Jest came to, as `N passed, N failed`; fails unless something passed and nothing failed.
// A suite that could not run counts as a failed test, and so does a run that never came to Jest.
const [report = ''] = process.argv.slice(2);
const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = existsSync(report)
  ? JSON.parse(readFileSync(report, 'utf8'))
  : { numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 1 };
const failed = numFailedTests + numRuntimeErrorTestSuites;

console.log(`${numPassedTests} passed, ${failed} failed`);
process.exitCode = failed === 0 && numPassedTests > 0 ? 0 : 1;
