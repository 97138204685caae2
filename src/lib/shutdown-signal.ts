import { constants } from 'node:os';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Resolves with the first SIGTERM or SIGINT. A second one ends the process at once, with code 1. */
export function shutdownSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let stopping = false;
    const listen = (signal: NodeJS.Signals) => {
      if (stopping) process.exit(1);
      stopping = true;
      resolve(signal);
    };
    for (const signal of SIGNALS) process.on(signal, listen);
  });
}

/**
 * During the start a signal ends the process at once, with the code a shell would show: nothing is under way yet.
 * Without a handler the kernel ignores signals to PID 1, which a container's only process is.
 * @returns ends this, once `shutdownSignal` listens.
 */
export function exitOnSignal(): () => void {
  const exit = (signal: NodeJS.Signals) => process.exit(128 + constants.signals[signal]);
  for (const signal of SIGNALS) process.on(signal, exit);
  return () => {
    for (const signal of SIGNALS) process.off(signal, exit);
  };
}
