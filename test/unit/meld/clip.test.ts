import fc from 'fast-check';
import { clip } from '../../../src/meld/clip';

const anyText = () => fc.string({ unit: 'binary', maxLength: 400, size: 'max' });

test.each([
  ['leaves a text of 200 bytes alone', 'a'.repeat(200), 'a'.repeat(200)],
  ['cuts the 201st byte', 'a'.repeat(201), 'a'.repeat(200)],
  ['leaves out a two-byte character that would be cut', 'a'.repeat(199) + 'é', 'a'.repeat(199)],
  ['leaves out a four-byte character that would be cut', 'a'.repeat(197) + '😀', 'a'.repeat(197)],
  ['keeps a four-byte character that just fits', 'a'.repeat(196) + '😀b', 'a'.repeat(196) + '😀'],
  ['replaces NUL, which PostgreSQL refuses in JSON', 'a\0b', 'a\uFFFDb'],
  ['replaces a lone surrogate, which PostgreSQL refuses in JSON', 'a\uD800b', 'a\uFFFDb'],
  ['leaves nothing of nothing', '', ''],
])('%s', (_name, text, expected) => {
  expect(clip(text)).toBe(expected);
});

test('is a beginning of the text, of 200 bytes at most, as long as whole characters allow', () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      const sane = text.replaceAll('\0', '\uFFFD');
      const clipped = clip(text);
      const bytes = Buffer.byteLength(clipped);
      expect(sane.startsWith(clipped)).toBe(true);
      expect(bytes).toBeLessThanOrEqual(200);
      if (clipped !== sane) expect(bytes).toBeGreaterThan(196);
    }),
  );
});

test('changes nothing when applied again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => clip(clip(text)) === clip(text)),
  );
});
