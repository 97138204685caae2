const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** As long as the ids in Meld's examples. */
const ID_LENGTH = 22;

export type Random = ReturnType<typeof makeRandom>;

/** The same seed gives the same sequence (mulberry32). Not for secrets that protect anything. */
export function makeRandom(seed: number) {
  let state = seed >>> 0;

  /** Zero or more, less than one. */
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  /** A whole number of zero or more, less than `limit`. */
  const below = (limit: number): number => Math.floor(next() * limit);

  return {
    next,
    below,
    /** Looks like an id of Meld's. */
    id: () => Array.from({ length: ID_LENGTH }, () => BASE58.charAt(below(BASE58.length))).join(''),
    shuffled: <T>(items: readonly T[]): T[] =>
      items
        .map((item) => ({ item, rank: next() }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ item }) => item),
  };
}
