import { readFileSync } from 'node:fs';
import path from 'node:path';

export const REPOSITORY = path.join(__dirname, '../../..');

export interface CodeBlock {
  /** From the repository's root. */
  readonly file: string;
  /** Of its first line in that file, from 1. */
  readonly line: number;
  /** All that stands behind the fence: the language, then words for the tests. */
  readonly info: readonly string[];
  readonly code: string;
}

/** The fenced blocks of a Markdown file whose fence is not indented. */
export function codeBlocks(file: string): readonly CodeBlock[] {
  const text = readFileSync(path.join(REPOSITORY, file), 'utf8');
  return [...text.matchAll(/^```(\w.*)\n([^]*?)^```$/gm)].map((match) => ({
    file,
    line: text.slice(0, match.index).split('\n').length + 1,
    info: match[1]!.trim().split(/\s+/),
    code: match[2]!,
  }));
}
