import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';

/** `FUZZ_SEED` makes a round come back; otherwise each round is another one. */
export const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);

/** To be called once in a file: what is needed to see a failure again. */
export function tellSeed(file: string): void {
  process.stderr.write(`${file}: FUZZ_SEED=${SEED}\n`);
}

/** The heap after a full collection, in MB. */
export function heapMb(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** Bytes as text, one char each. */
export const anyBytes = (maxLength: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString('latin1'));

/** Objects with some of the names that a schema knows, and values of every kind. */
export function nearObject(names: readonly string[], values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.dictionary(fc.constantFrom(...names, '__proto__', 'constructor'), values, { maxKeys: 6 });
}
