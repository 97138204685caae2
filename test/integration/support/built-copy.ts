import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { changedBundle, type Edit } from '../../support/changed-bundle';

const ROOT = path.join(__dirname, '..', '..', '..');

export interface BuiltCopy {
  /** Its `dist`. */
  readonly dist: string;
  remove(): void;
}

/** What `npm run build` would make of the sources with some changes of the workflow code. */
export async function builtCopy(edits: readonly Edit[]): Promise<BuiltCopy> {
  const folder = mkdtempSync(path.join(tmpdir(), 'meld-refresh-build-'));
  const dist = path.join(folder, 'dist');
  cpSync(path.join(ROOT, 'dist'), dist, { recursive: true });
  cpSync(path.join(ROOT, 'package.json'), path.join(folder, 'package.json'));
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  writeFileSync(path.join(dist, 'workflow-bundle.js'), (await changedBundle(edits)).code);
  return { dist, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
