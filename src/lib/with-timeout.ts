/** The work's own end, or what `late` returns or throws when it takes longer; the work then goes on unheard. */
export function withTimeout<T, L>(timeoutMs: number, work: Promise<T>, late: () => L): Promise<T | L> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      // Within a promise what `late` throws rejects.
      resolve(new Promise((end) => end(late())));
    }, timeoutMs);
    const inTime =
      <V>(end: (value: V) => void) =>
      (value: V): void => {
        clearTimeout(timer);
        end(value);
      };
    work.then(inTime(resolve), inTime(reject));
  });
}
