import fc from 'fast-check';
import { escaped, printable } from '../../../../src/cli/terminal/printable';

test('whatever a bank is called, nothing steers the terminal, and JSON still means the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      expect(printable(name)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
      const json = escaped(JSON.stringify({ name }));

      expect(json).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
      expect(JSON.parse(json)).toEqual({ name });
    }),
  );
});
