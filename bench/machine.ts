import { availableParallelism, cpus, loadavg } from 'node:os';
import type { Client } from '@temporalio/client';

/** On what was measured. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly platform: string;
  readonly node: string;
  readonly temporal: string;
  /** Of the minute before the start: near 0 on a quiet machine. */
  readonly loadAverage: number;
}

/** Call it before anything is started: its own processes are no load of others. */
export function thisMachine(): Omit<Machine, 'temporal'> {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    loadAverage: loadavg()[0] ?? 0,
  };
}

export async function temporalVersion({ workflowService }: Client): Promise<string> {
  const { serverVersion } = await workflowService.getSystemInfo({});
  return serverVersion;
}
