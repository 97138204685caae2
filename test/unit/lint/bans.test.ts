import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';

interface Message {
  readonly ruleId: string | null;
  readonly message: string;
}

/** A file the type-aware parser knows; its text is replaced by the case's. */
function aFileOf(room: string): string {
  const folder = path.join('src', room);
  const file = readdirSync(folder).find((name) => name.endsWith('.ts'));
  if (file === undefined) throw new Error(`src/${room} holds no TypeScript file to lint in the name of`);
  return path.join(folder, file);
}

function lintAll(codes: readonly (readonly [room: string, code: string])[]): readonly (readonly Message[])[] {
  const child = spawnSync(process.execPath, [path.join(__dirname, 'lint-cases.mjs')], {
    input: JSON.stringify(codes.map(([room, code]) => ({ file: aFileOf(room), code }))),
    encoding: 'utf8',
    timeout: 170_000,
  });
  if (child.status !== 0) throw new Error(`ESLint did not run: ${child.stderr}`);
  return JSON.parse(child.stdout);
}

const ROOM = 'local/room-imports';
const GLOBALS = 'no-restricted-globals';
const PROPERTIES = 'no-restricted-properties';

/** Room, code, the rule that refuses it, and words of the message that say what to use instead. */
const banned: readonly (readonly [room: string, code: string, rule: string, instead: RegExp])[] = [
  ['refresh', `import { z } from 'zod'; export const a = z.string();`, ROOM, /parse in config/],
  [
    'refresh',
    `import { readFileSync } from 'node:fs'; export const a = readFileSync;`,
    ROOM,
    /in an activity/,
  ],
  ['refresh', `import { readFileSync } from 'fs'; export const a = readFileSync;`, ROOM, /in an activity/],
  [
    'refresh',
    `import { sleep } from '@temporalio/workflow'; export const a = sleep;`,
    ROOM,
    /pass the value in/,
  ],
  ['refresh', `export { join } from '../workflows/messages';`, ROOM, /pass the value in/],
  [
    'refresh',
    `import type { Activities } from '../activities/activities'; export type A = Activities;`,
    ROOM,
    /pass/,
  ],
  ['refresh', `export * from '../meld/meld-client';`, ROOM, /in an activity/],
  ['refresh', `export type A = import('../meld/meld-client').MeldClient;`, ROOM, /in an activity/],
  ['refresh', `export const a = Date.now();`, PROPERTIES, /take nowMs/],
  ['refresh', `export const a = Math.random();`, PROPERTIES, /as an argument/],
  ['refresh', `export const a = new Date();`, 'no-restricted-syntax', /take nowMs/],
  [
    'refresh',
    `export async function a() { await Promise.resolve(); }`,
    'no-restricted-syntax',
    /return a step/,
  ],
  ['workflows', `import { z } from 'zod'; export const a = z.string();`, ROOM, /parse in config/],
  ['workflows', `export const a = () => import('zod');`, ROOM, /parse in config/],
  [
    'workflows',
    `import { createHash } from 'node:crypto'; export const a = createHash;`,
    ROOM,
    /in an activity/,
  ],
  [
    'workflows',
    `import { Client } from '@temporalio/client'; export const a = Client;`,
    ROOM,
    /in an activity/,
  ],
  [
    'workflows',
    `import { createActivities } from '../activities/create-activities'; createActivities();`,
    ROOM,
    /import type/,
  ],
  [
    'workflows',
    `import type { MeldClient } from '../meld/meld-client'; export type A = MeldClient;`,
    ROOM,
    /in an activity/,
  ],
  ['workflows', `export const a = process.env;`, PROPERTIES, /loadConfig/],
  ['workflows', `export const a = process.pid;`, GLOBALS, /pass the value in/],
  [
    'workflows',
    `export const a = () => setTimeout(() => undefined, 1);`,
    GLOBALS,
    /sleep\(\) or condition\(\)/,
  ],
  ['workflows', `export const a = () => fetch('http://localhost');`, GLOBALS, /in an activity/],
  ['workflows', `export const a = () => { console.log('x'); };`, GLOBALS, /log of @temporalio\/workflow/],
  [
    'workflows',
    `export function a() { void Promise.resolve(1); }`,
    '@typescript-eslint/no-floating-promises',
    /await/,
  ],
  ['client', `import { z } from 'zod'; export const a = z.string();`, ROOM, /parse in config/],
  [
    'client',
    `import { Worker } from '@temporalio/worker'; export const a = Worker;`,
    ROOM,
    /@temporalio\/client alone/,
  ],
  ['client', `import { loadConfig } from '../config'; export const a = loadConfig;`, ROOM, /alone/],
  ['client', `import { x } from '../server/main'; export const a = x;`, ROOM, /alone/],
  [
    'activities',
    `import { x } from '../client/refresh-client'; export const a = x;`,
    ROOM,
    /createActivities/,
  ],
  [
    'meld',
    `import { x } from '../client/refresh-client'; export const a = x;`,
    ROOM,
    /activities\/ or server\//,
  ],
  ['temporal', `import { x } from '../server/main'; export const a = x;`, ROOM, /from the entry point/],
  [
    'simulator',
    `import { PRODUCTS } from '../refresh/model/product'; export const a = PRODUCTS;`,
    ROOM,
    /knows the contract/,
  ],
  ['server', `import { x } from '../cli/main'; export const a = x;`, ROOM, /by their file/],
  ['server', `import { x } from '../simulator/main'; export const a = x;`, ROOM, /by their file/],
  ['server', `export const a = process.env['PORT'];`, PROPERTIES, /loadConfig/],
  ...['server', 'cli'].map(
    (room) => [room, `export const a = AbortSignal.any([]);`, PROPERTIES, /linkSignals/] as const,
  ),
  [
    'server',
    `export function a() { Promise.resolve(1); }`,
    '@typescript-eslint/no-floating-promises',
    /await/,
  ],
  ['server', `export default 1;`, 'import-x/no-default-export', /named/],
  [
    'server',
    `import { Progress } from '../refresh/progress'; export type A = Progress;`,
    '@typescript-eslint/consistent-type-imports',
    /import type/,
  ],
];

const allowed: readonly (readonly [room: string, code: string])[] = [
  ['refresh', `import ms from 'ms'; export const a = ms;`],
  ['refresh', `import { durationMs } from './model/duration'; export const a = durationMs;`],
  ['refresh', `export const a = (nowMs: number) => new Date(nowMs).toISOString();`],
  ['workflows', `import { sleep } from '@temporalio/workflow'; export const a = sleep;`],
  [
    'workflows',
    `import { ApplicationFailure } from '@temporalio/common'; export const a = ApplicationFailure;`,
  ],
  ['workflows', `import type { Activities } from '../activities/activities'; export type A = Activities;`],
  ['workflows', `import { PRODUCTS } from '../refresh/model/product'; export const a = PRODUCTS;`],
  ['client', `import '../workflows/messages';`],
  ['client', `import { Client } from '@temporalio/client'; export const a = Client;`],
  ['client', `import { randomUUID } from 'node:crypto'; export const a = randomUUID;`],
  ['activities', `import type { Connection } from '../refresh/connection'; export type A = Connection;`],
  ['server', `export function a() { void Promise.resolve(1); }`],
  ['server', `import { z } from 'zod'; export const a = z.string();`],
  ['server', `import { PRODUCTS } from '../refresh/model/product'; export const a = PRODUCTS;`],
];

describe('the lint rules', () => {
  let messages: readonly (readonly Message[])[];
  beforeAll(() => {
    messages = lintAll([...banned.map(([room, code]) => [room, code] as const), ...allowed]);
  }, 180_000);

  test.each(
    banned.map((row, index) => ({ index, room: row[0], code: row[1], rule: row[2], instead: row[3] })),
  )('refuse in $room: $code', ({ index, rule, instead }) => {
    const said = (messages[index] ?? []).filter(({ ruleId }) => ruleId === rule);
    expect(said.map(({ message }) => message).join('\n')).toMatch(instead);
  });

  test.each(allowed.map(([room, code], index) => ({ index: banned.length + index, room, code })))(
    'allow in $room: $code',
    ({ index }) => {
      expect(messages[index]).toEqual([]);
    },
  );
});
