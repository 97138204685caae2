import { Context } from '@temporalio/activity';

/** 2 s: a worker that died in the work is noticed by a heartbeat timeout of some seconds. */
const HEARTBEAT_MS = 2_000;

/** Does the work while Temporal hears that its worker lives. What is quicker than the first beat costs none. */
export async function withHeartbeats<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  // A local activity is part of its workflow task, which has a bound of its own.
  if (context.info.isLocal) return work();
  const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
