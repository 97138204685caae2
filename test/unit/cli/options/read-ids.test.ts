import fc from 'fast-check';
import { distinctIds, idsIn, readIdFile } from '../../../../src/cli/options/read-ids';

const stdin = (content: string) => ({
  stdin: (async function* () {
    yield Buffer.from(content);
  })(),
});

test('ids are one a line; blank lines, comments and the ends of Windows lines are left out', () => {
  expect(idsIn('con-1\r\n\n# of March\n  con-2  # the big one\ncon-3')).toEqual(['con-1', 'con-2', 'con-3']);
});

test('a dash means standard input', async () => {
  expect(await readIdFile('-', stdin('a\nb\n'))).toEqual(['a', 'b']);
});

test('a file that is not there is named with what was expected', async () => {
  await expect(readIdFile('/no/such/ids.txt', stdin(''))).rejects.toThrow(
    '--file: expected a file with one connection id a line: ENOENT',
  );
});

test('whatever the file holds, an id comes once, and only as one that a connection can have', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/)), (ids) => {
      expect(distinctIds(idsIn(ids.join('\n')))).toEqual([...new Set(ids)]);
    }),
  );
  expect(() => distinctIds(['a', '../b'])).toThrow('connectionId: expected 1 to 128 letters');
});
