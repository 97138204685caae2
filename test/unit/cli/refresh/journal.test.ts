import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { createJournal, readJournal, resumeJournal } from '../../../../src/cli/refresh/journal';
import type { BulkOrder } from '../../../../src/cli/refresh/journal';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'journal-'));
  file = path.join(folder, 'state', 'bulk.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const order: BulkOrder = {
  startedAt: '2026-03-01T12:00:05.000Z',
  request: { freshSince: '2026-03-01T12:00:00.000Z', products: ['BALANCES'], maxCharges: 1 },
  connectionIds: ['a', 'b', 'c'],
};

function written(): string {
  const journal = createJournal(file, order);
  journal.started('a', 'run-a');
  journal.started('b', 'run-b');
  journal.ended('a', 'refreshed');
  journal.close();
  return readFileSync(file, 'utf8');
}

test('a journal tells what was ordered, started and ended, and is for its owner alone', () => {
  expect(readJournal(written())).toEqual({
    order,
    started: new Map([
      ['a', 'run-a'],
      ['b', 'run-b'],
    ]),
    ended: new Map([['a', 'refreshed']]),
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a journal that was torn in the middle of a line loses that line only, and what is added stays whole', () => {
  const torn = written().slice(0, -10);
  writeFileSync(file, torn);
  const { journal, record } = resumeJournal(file);
  expect(record.ended.size).toBe(0);
  expect([...record.started.keys()]).toEqual(['a', 'b']);
  journal.ended('b', 'escalated');
  journal.close();
  const { ended } = readJournal(readFileSync(file, 'utf8'));
  expect(ended).toEqual(new Map([['b', 'escalated']]));
});

test('a journal that is cut anywhere after its first line is still one, and knows nothing that did not happen', () => {
  const whole = written();
  const headerEnd = whole.indexOf('\n');
  fc.assert(
    fc.property(fc.integer({ min: headerEnd, max: whole.length }), (end) => {
      const { order: read, started, ended } = readJournal(whole.slice(0, end));
      expect(read).toEqual(order);
      for (const [id, runId] of started) expect(runId).toBe(`run-${id}`);
      for (const [id, ending] of ended) expect([id, ending]).toEqual(['a', 'refreshed']);
    }),
  );
});

test('a file that is there already is not written over, and named to be resumed', () => {
  written();
  expect(() => createJournal(file, order)).toThrow(
    `is there already. To go on with it: meld-refresh refresh --resume ${file}`,
  );
});

test.each([
  ['another file', '{"name":"meld-refresh"}\n'],
  ['an empty file', ''],
  [
    'a request that cannot be',
    JSON.stringify({ meldRefreshBulk: 1, ...order, request: { freshSince: 'today' } }),
  ],
  ['an id that leaves its path', JSON.stringify({ meldRefreshBulk: 1, ...order, connectionIds: ['../a'] })],
])('%s is no journal', (_name, content) => {
  written();
  writeFileSync(file, content);
  expect(() => resumeJournal(file)).toThrow('--resume: expected the journal of a bulk');
});
