/** Control characters of any kind, and those that turn the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text from Meld or Temporal as one line that cannot steer a terminal. Never throws. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, '?');
}

/** The same for JSON text, whose meaning stays as it is. Never throws. */
export function escaped(json: string): string {
  return json.replaceAll(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
