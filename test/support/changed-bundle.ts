import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

const ROOT = path.join(__dirname, '..', '..');
/** All that workflow code is made of; from other folders it takes types alone. */
const ROOMS = ['src/workflows', 'src/refresh'];

/** One change of a source file, as a person would make it. */
export interface Edit {
  /** Below the root of the project. */
  readonly file: string;
  readonly replace: string;
  readonly by: string;
}

/** Where the steps of a refresh begin: whatever stands here comes before the first read. */
const BEGINNING = {
  file: 'src/workflows/refresh-connection.ts',
  replace: 'const metrics = makeRunMetrics(state.requestedAtMs);\n',
} as const;

/** A sleep that no recorded run has slept. */
export const SLEEP_FIRST: readonly Edit[] = [
  {
    ...BEGINNING,
    by: `${BEGINNING.replace}
  const { sleep } = await import('@temporalio/workflow');
  await sleep('1s', { summary: 'a moment first' });
`,
  },
];

/** The same, for runs that begin from now on. */
export const SLEEP_FIRST_IF_NEW: readonly Edit[] = [
  {
    ...BEGINNING,
    by: `${BEGINNING.replace}
  const { patched, sleep } = await import('@temporalio/workflow');
  if (patched('a-moment-first')) await sleep('1s', { summary: 'a moment first' });
`,
  },
];

/** Pays before it reads. */
export const CALL_FIRST: readonly Edit[] = [
  {
    ...BEGINNING,
    by: `${BEGINNING.replace}
  const first = { connectionId, readAt: '', readMaxAgeMs: 0, awaitCallsMs: 0 };
  await sendChargedCall(first, { summary: 'pay first', timeoutMs: 60_000, leftMs: 60_000 }, { inbox, isOver: () => false, isDue: () => true });
`,
  },
];

/** The activity of every read under another name; the edited code is only bundled. */
export const RENAMED_ACTIVITY: readonly Edit[] = [
  {
    file: 'src/workflows/read-connection.ts',
    replace: 'asReport(activities.readConnection(input))',
    by: 'asReport((activities as unknown as Record<string, typeof activities.readConnection>).fetchConnection!(input))',
  },
];

/** What people read beside each call in the Temporal UI. */
export const OTHER_SUMMARY: readonly Edit[] = [
  {
    file: 'src/workflows/charged-call.ts',
    replace: '    summary,\n',
    by: '    summary: `a charged call: ${summary}`,\n',
  },
];

/**
 * The workflow code of `src` with changes that are made to a copy.
 * @throws Error when the code no longer holds what an edit replaces: then write the edit again.
 */
export async function changedBundle(edits: readonly Edit[]): Promise<WorkflowBundleWithSourceMap> {
  const copy = mkdtempSync(path.join(tmpdir(), 'meld-refresh-changed-'));
  try {
    for (const room of ROOMS) cpSync(path.join(ROOT, room), path.join(copy, room), { recursive: true });
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
    for (const edit of edits) apply(edit, copy);
    const workflowsPath = path.join(copy, 'src/workflows/workflows.ts');
    return await bundleWorkflowCode({
      workflowsPath,
      preloadModules: [workflowsPath],
      logger: { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent },
    });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

const silent = (): void => undefined;

function apply({ file, replace, by }: Edit, folder: string): void {
  const before = readFileSync(path.join(folder, file), 'utf8');
  const places = before.split(replace).length - 1;
  if (places !== 1)
    throw new Error(`${file}: expected ${JSON.stringify(replace)} once, found it ${places} times`);
  writeFileSync(
    path.join(folder, file),
    before.replace(replace, () => by),
  );
}
