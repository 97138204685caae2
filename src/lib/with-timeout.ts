/** The work's own end, or what `late` returns or throws when it takes longer; the work then goes on unheard. */
export async function withTimeout<T, L>(timeoutMs: number, work: Promise<T>, late: () => L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), timeoutMs);
  });
  try {
    const first = await Promise.race([work.then((value) => ({ value })), timeout]);
    return first === 'timeout' ? late() : first.value;
  } finally {
    clearTimeout(timer);
  }
}
