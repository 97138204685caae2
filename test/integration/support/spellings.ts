/** A text as it is, and as a log, a header or a payload inside another one would write it. */
export function spellings(text: string): string[] {
  // Base64 of a text inside another one depends on where it begins; the ends are mixed with what is around.
  const inside = ['', 'x', 'xx'].map((before) =>
    Buffer.from(before + text)
      .toString('base64')
      .slice(before === '' ? 0 : 4, -4),
  );
  return [
    text,
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
    Buffer.from(text).toString('hex'),
    ...inside,
    ...inside.map((encoded) => encoded.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}
