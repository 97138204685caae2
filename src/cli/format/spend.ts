import type { RefreshDescription } from '../../client';
import { table } from '../terminal/table';

export const SPEND_BY = ['provider', 'customer', 'day'] as const;

export type SpendBy = (typeof SPEND_BY)[number];

/** What is counted, and its column. */
const TITLES = {
  refreshes: 'REFRESHES',
  /** Calls that Meld has accepted. */
  charged: 'CHARGED',
  /** Calls whose answer was lost or is still to come. */
  maybe: 'MAYBE',
  /** Refreshes that have ended well without a call. */
  withoutCall: 'NO CALL',
  joins: 'JOINS',
  /** Refreshes whose progress cannot be read, or was written before it had these counts. */
  unread: 'UNREAD',
} as const;

type Count = keyof typeof TITLES;
type Counts = Readonly<Record<Count, number>>;

/** What the refreshes of one provider, customer or day have cost. */
interface Spend extends Counts {
  readonly group: string;
}

const COUNTS = Object.keys(TITLES) as readonly Count[];
const NONE: Counts = { refreshes: 0, charged: 0, maybe: 0, withoutCall: 0, joins: 0, unread: 0 };
const BAR_WIDTH = 20;

/** Adds refreshes up by group: days in their order, the others by what they cost. */
export function addUp(refreshes: readonly RefreshDescription[], by: SpendBy): readonly Spend[] {
  const groups = new Map<string, Spend>();
  for (const refresh of refreshes) {
    const group = groupOf(refresh, by);
    groups.set(group, sum(group, [groups.get(group) ?? NONE, countsOf(refresh)]));
  }
  const cost = ({ charged, maybe }: Spend): number => charged + maybe;
  return [...groups.values()].sort(
    (a, b) => (by === 'day' ? 0 : cost(b) - cost(a)) || a.group.localeCompare(b.group),
  );
}

export const totalOf = (spends: readonly Spend[]): Spend => sum('total', spends);

function sum(group: string, all: readonly Counts[]): Spend {
  const counts = COUNTS.map((count) => [count, all.reduce((total, one) => total + one[count], 0)] as const);
  return { group, ...NONE, ...Object.fromEntries(counts) };
}

/** A table with a bar for the calls of each group: `#` charged, `?` perhaps. */
export function spendTable(spends: readonly Spend[], by: SpendBy, width?: number): readonly string[] {
  const most = Math.max(1, ...spends.map(({ charged, maybe }) => charged + maybe));
  const bar = (count: number, mark: string): string => mark.repeat(Math.round((BAR_WIDTH * count) / most));
  const rows = [...spends, totalOf(spends)].map((spend, index) => [
    spend.group,
    ...COUNTS.map((count) => String(spend[count])),
    index === spends.length ? '' : bar(spend.charged, '#') + bar(spend.maybe, '?'),
  ]);
  return table([by.toUpperCase(), ...Object.values(TITLES), ''], rows, width);
}

/** RFC 4180, and nothing that a spreadsheet would calculate. */
export function spendCsv(spends: readonly Spend[], by: SpendBy): readonly string[] {
  const cell = (text: string): string => `"${text.replace(/^[=+@-]/, "'$&").replaceAll('"', '""')}"`;
  return [
    [by, ...COUNTS].join(','),
    ...spends.map((spend) => [cell(spend.group), ...COUNTS.map((count) => spend[count])].join(',')),
  ];
}

function groupOf({ provider, customerId, startedAt }: RefreshDescription, by: SpendBy): string {
  if (by === 'day') return startedAt.slice(0, 10);
  return (by === 'provider' ? provider : customerId) ?? 'unknown';
}

function countsOf({ progress, progressUnreadable, outcome }: RefreshDescription): Counts {
  const withoutCall = outcome === 'already_fresh' ? 1 : 0;
  // Progress is written before every call: a run without any has made none.
  const { accepted, mayBeCharged, joins = 0 } = progress ?? { accepted: 0, mayBeCharged: 0 };
  if (progressUnreadable || accepted === undefined) return { ...NONE, refreshes: 1, withoutCall, unread: 1 };
  return { refreshes: 1, charged: accepted, maybe: mayBeCharged - accepted, withoutCall, joins, unread: 0 };
}
