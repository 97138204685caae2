import type { BenchStack } from './stack';
import type { Cell } from './statistics';

/** How much is measured; every part takes what it needs. */
export interface Settings {
  readonly pairs: number;
  readonly block: number;
  readonly asleep: number;
  readonly deliveries: number;
  readonly rounds: number;
}

export interface Bench {
  readonly settings: Settings;
  readonly say: (what: string) => void;
  readonly signal: AbortSignal;
  readonly folder: string;
  /** One for all parts. */
  readonly stack: () => Promise<BenchStack>;
}

/** By row and column. */
export type Table = Readonly<Record<string, Readonly<Record<string, Cell>>>>;
/** By title. */
export type Tables = Readonly<Record<string, Table>>;
export type Part = (bench: Bench) => Promise<Tables>;
