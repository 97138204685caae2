#!/usr/bin/env node
import { EXIT } from './exit/exit-codes';
import { processIo } from './terminal/process-io';
import { runCli } from './run-cli';

// The reader may close the pipe early, as `head` does. What was started continues in Temporal.
process.stdout.on('error', () => process.exit(EXIT.unfinished));

void runCli(process.argv.slice(2), processIo()).then((code) => {
  process.exitCode = code;
});
