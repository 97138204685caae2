import { makeBulkView } from '../../../../src/cli/refresh/bulk-view';
import { aContext } from '../support/a-context';
import { aDescription } from '../support/a-description';
import type { Tally } from '../../../../src/cli/refresh/bulk';

const tally = (underWay: number): Tally => ({
  total: 40,
  endings: new Map(),
  underWay,
  waiting: 0,
  toStart: 40 - underWay,
});

function aView(terminal: boolean, width = 80) {
  const shown: string[] = [];
  const { io, output } = aContext();
  const notes: string[] = [];
  const drawn = {
    ...output,
    terminal,
    columns: () => width,
    live: (text: string) => void shown.push(text),
    endLive: () => void shown.push('closed'),
    note: (text: string) => void notes.push(text),
  };
  const request = { onRateLimit: 'return', idempotencyKey: 'bulk-1' } as const;
  return { shown, notes, view: makeBulkView({ io, output: drawn }, 'lines', request) };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('of a burst of changes the last one is what stays on the screen', () => {
  const { shown, view } = aView(true);
  for (let underWay = 1; underWay <= 8; underWay += 1) view.changed(tally(underWay));
  jest.runOnlyPendingTimers();
  expect(shown).toEqual([expect.stringContaining('8 under way')]);
  view.close();
});

test('the elapsed time goes on while nothing changes', () => {
  const { shown, view } = aView(true);
  view.changed(tally(1));
  jest.advanceTimersByTime(5_000);
  expect(shown.at(-1)).toContain('0/40  5s  0/min  1 under way');
  view.close();
});

test('a narrow terminal shows the counts and no bar', () => {
  const { shown, view } = aView(true, 40);
  const endings = Array.from({ length: 12 }, (_, index) => [`con-${index}`, 'refreshed'] as const);
  view.changed({ ...tally(3), endings: new Map(endings) });
  jest.advanceTimersByTime(5_000);
  expect(shown.at(-1)).toBe('12/40  refreshed 12  3 under way  37 to start  5s  144/min');
  view.close();
});

test('says of a run that waits for another caller why it does not return', () => {
  const { notes, view } = aView(false);
  const progress = { phase: 'waiting_for_window', waitingUntil: '2026-03-01T14:05:00.000Z' } as const;
  view.idle(aDescription({ progress }));
  view.idle(aDescription({ progress: { ...progress, phase: 'waiting_for_status' } }));
  expect(notes).toEqual([expect.stringMatching(/^con-1 {2}waits because another caller .* said wait/)]);
  view.close();
});

test('draws nothing more once it is closed, and nothing at all where there is no terminal', () => {
  const { shown, view } = aView(true);
  view.changed(tally(1));
  view.close();
  jest.runOnlyPendingTimers();
  expect(shown).toEqual(['closed']);

  const piped = aView(false);
  piped.view.changed(tally(1));
  jest.runOnlyPendingTimers();
  expect(piped.shown).toEqual([]);
});
