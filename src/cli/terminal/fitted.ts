import stringWidth from 'string-width';

const GRAPHEMES = new Intl.Segmenter();

/** A text of one line in so many columns: wide characters count as two, and what is cut ends in `…`. Never throws. */
export function fitted(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let cut = '';
  let used = 1;
  for (const { segment } of GRAPHEMES.segment(text)) {
    used += stringWidth(segment);
    if (used > width) break;
    cut += segment;
  }
  return `${cut}…`;
}
