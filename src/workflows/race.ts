import { CancellationScope, condition } from '@temporalio/workflow';

/**
 * The value of `work`, or `undefined` once `isOver` holds. The condition is taken back afterwards: one that is left
 * behind would be evaluated at every activation for ever. A cancellation reaches `work`, and through it the caller.
 */
export async function unless<T>(work: Promise<T>, isOver: () => boolean): Promise<T | undefined> {
  const watch = new CancellationScope();
  const over = new Promise<undefined>((resolve) => {
    watch
      .run(() => condition(isOver))
      .then(
        () => resolve(undefined),
        () => undefined,
      );
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    watch.cancel();
  }
}
