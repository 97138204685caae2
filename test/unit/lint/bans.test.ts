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

function lintAll(cases: readonly { readonly room: string; readonly code: string }[]): Message[][] {
  const child = spawnSync(process.execPath, [path.join(__dirname, 'lint-cases.mjs')], {
    input: JSON.stringify(cases.map(({ room, code }) => ({ file: aFileOf(room), code }))),
    encoding: 'utf8',
    timeout: 170_000,
  });
  if (child.status !== 0) throw new Error(`ESLint did not run: ${child.stderr}`);
  return JSON.parse(child.stdout);
}

type Case = readonly [room: string, code: string];

/** By the rule that refuses it: room, code, and words of the message that say what to use instead. */
const BANNED: Readonly<Record<string, readonly (readonly [...Case, instead: RegExp])[]>> = {
  'local/room-imports': [
    ['refresh', `import { z } from 'zod'; export const a = z.string();`, /parse in config/],
    ['refresh', `import 'node:fs';`, /in an activity/],
    ['refresh', `import 'fs';`, /in an activity/],
    ['refresh', `import '@temporalio/workflow';`, /pass the value in/],
    ['refresh', `export { join } from '../workflows/messages';`, /pass the value in/],
    [
      'refresh',
      `import type { Activities } from '../activities/activities'; export type A = Activities;`,
      /pass/,
    ],
    ['refresh', `export * from '../meld/meld-client';`, /in an activity/],
    ['refresh', `export type A = import('../meld/meld-client').MeldClient;`, /in an activity/],
    ['workflows', `import 'zod';`, /parse in config/],
    ['workflows', `export const a = () => import('zod');`, /parse in config/],
    ['workflows', `import 'node:crypto';`, /in an activity/],
    ['workflows', `import '@temporalio/client';`, /in an activity/],
    ['workflows', `import { createActivities } from '../activities/create-activities';`, /import type/],
    ['workflows', `import type { MeldClient } from '../meld/meld-client';`, /in an activity/],
    ['client', `import 'zod';`, /parse in config/],
    ['client', `import '@temporalio/worker';`, /@temporalio\/client alone/],
    ['client', `import '../config';`, /alone/],
    ['client', `import '../server/main';`, /alone/],
    ['activities', `import '../client/refresh-client';`, /createActivities/],
    ['meld', `import '../client/refresh-client';`, /activities\/ or server\//],
    ['temporal', `import '../server/main';`, /from the entry point/],
    ['simulator', `import '../refresh/model/product';`, /knows the contract/],
    ['server', `import '../cli/main';`, /by their file/],
    ['server', `import '../simulator/main';`, /by their file/],
  ],
  'no-restricted-properties': [
    ['refresh', `export const a = Date.now();`, /take nowMs/],
    ['refresh', `export const a = Math.random();`, /as an argument/],
    ['workflows', `export const a = process.env;`, /loadConfig/],
    ['server', `export const a = process.env['PORT'];`, /loadConfig/],
    ['server', `export const a = AbortSignal.any([]);`, /linkSignals/],
    ['cli', `export const a = AbortSignal.any([]);`, /linkSignals/],
  ],
  'no-restricted-syntax': [
    ['refresh', `export const a = new Date();`, /take nowMs/],
    ['refresh', `export async function a() { await Promise.resolve(); }`, /return a step/],
    ['refresh', `export let a = 0; export const b = () => (a += 1);`, /state of a run/],
    ['refresh', `export const a = new Map<string, number>();`, /state of a run/],
    ['workflows', `let a = 0; export const b = () => (a += 1);`, /state of a run/],
    ['workflows', `const a = new Set<string>(); export const b = () => a.add('');`, /state of a run/],
  ],
  'no-restricted-globals': [
    ['workflows', `export const a = process.pid;`, /pass the value in/],
    ['workflows', `export const a = () => setTimeout(() => undefined, 1);`, /sleep\(\) or condition\(\)/],
    ['workflows', `export const a = () => fetch('http://localhost');`, /in an activity/],
    ['workflows', `export const a = () => { console.log('x'); };`, /log of @temporalio\/workflow/],
  ],
  '@typescript-eslint/no-floating-promises': [
    ['workflows', `export function a() { void Promise.resolve(1); }`, /await/],
    ['server', `export function a() { Promise.resolve(1); }`, /await/],
  ],
  '@typescript-eslint/consistent-type-imports': [
    ['server', `import { Progress } from '../refresh/progress'; export type A = Progress;`, /import type/],
  ],
  'import-x/no-default-export': [['server', `export default 1;`, /named/]],
};
const banned = Object.entries(BANNED).flatMap(([rule, cases]) =>
  cases.map(([room, code, instead]) => ({ rule, room, code, instead })),
);

const ALLOWED: readonly Case[] = [
  ['refresh', `import ms from 'ms'; export const a = ms;`],
  ['refresh', `import { durationMs } from './model/duration'; export const a = durationMs;`],
  ['refresh', `export const a = (nowMs: number) => new Date(nowMs).toISOString();`],
  ['workflows', `import { sleep } from '@temporalio/workflow'; export const a = sleep;`],
  ['workflows', `import '@temporalio/common';`],
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
const allowed = ALLOWED.map(([room, code]) => ({ room, code }));

describe('the lint rules', () => {
  let messages: readonly (readonly Message[])[];
  beforeAll(() => {
    messages = lintAll([...banned, ...allowed]);
  }, 180_000);

  test.each(banned.map((one, index) => ({ ...one, index })))(
    'refuse in $room: $code',
    ({ index, rule, instead }) => {
      const said = (messages[index] ?? []).filter(({ ruleId }) => ruleId === rule);
      expect(said.map(({ message }) => message).join('\n')).toMatch(instead);
    },
  );

  test.each(allowed.map((one, index) => ({ ...one, index: banned.length + index })))(
    'allow in $room: $code',
    ({ index }) => {
      expect(messages[index]).toEqual([]);
    },
  );
});
