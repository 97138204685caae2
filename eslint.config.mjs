import path from 'node:path';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import { importX } from 'eslint-plugin-import-x';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { roomImports } from './scripts/eslint-room-imports.mjs';

const src = path.join(import.meta.dirname, 'src');

const DETERMINISTIC =
  'It is part of workflow code, which is replayed: pass the value in, or do the work in an activity.';
const PROCESS = 'Processes are entry points: import what they are made of, or start them by their file.';

/** Who may import whom: refresh ← workflows ← client; refresh, meld ← activities ← worker; the edges use all. */
const rooms = {
  lib: {
    rooms: [],
    packages: ['pino'],
    instead: 'Helpers that every side may use: they know nothing of refreshes.',
  },
  refresh: { rooms: [], packages: ['ms'], builtins: false, instead: DETERMINISTIC },
  workflows: {
    rooms: ['refresh'],
    typesOf: ['activities'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
    builtins: false,
    instead: DETERMINISTIC,
  },
  meld: {
    rooms: ['refresh'],
    instead: 'It only speaks to Meld: hand the rest in from activities/ or server/.',
  },
  activities: {
    rooms: ['lib', 'refresh', 'meld'],
    instead: 'Activities only join refresh/ and meld/: dependencies come in through createActivities().',
  },
  client: {
    rooms: ['lib', 'refresh', 'workflows'],
    packages: ['@temporalio/client', '@temporalio/common', 'ms'],
    instead: 'Backends import the client: it stands on refresh/, workflows/ and @temporalio/client alone.',
  },
  webhooks: {
    rooms: ['lib', 'refresh', 'meld', 'client'],
    packages: [],
    instead: "It runs in other people's servers: what it needs comes in through its options.",
  },
  temporal: {
    rooms: ['lib', 'refresh', 'workflows', 'config'],
    instead: 'It prepares connections and workers: hand activities and clients in from the entry point.',
  },
  tracing: {
    rooms: ['lib'],
    typesOf: ['config'],
    instead: 'It makes spans: what they are about comes in through the options of startTracing().',
  },
  server: {
    rooms: ['lib', 'refresh', 'meld', 'client', 'webhooks', 'temporal', 'tracing', 'config'],
    instead: PROCESS,
  },
  cli: { rooms: ['lib', 'refresh', 'meld', 'client', 'temporal', 'config'], instead: PROCESS },
  dev: {
    rooms: ['lib', 'refresh', 'workflows', 'client', 'temporal', 'simulator', 'config'],
    instead: PROCESS,
  },
  simulator: {
    rooms: ['lib'],
    instead: 'The simulator stands for Meld: it knows the contract and nothing of our code.',
  },
  worker: {
    rooms: ['lib', 'refresh', 'workflows', 'meld', 'activities', 'temporal', 'tracing', 'config'],
    instead: PROCESS,
  },
  config: {
    rooms: ['lib', 'refresh', 'workflows'],
    instead: 'Configuration is data: it depends on refresh/ alone.',
  },
};

const hints = {
  zod: 'zod costs each cached workflow 24 times its memory: parse in config, meld/ or server/ and `import type` here.',
};

const ENVIRONMENT = {
  object: 'process',
  property: 'env',
  message: 'The environment is read once: take the value from loadConfig() in src/config.ts.',
};

const WEAK_SIGNAL = {
  object: 'AbortSignal',
  property: 'any',
  message:
    'Its timeout may be garbage collected and never fire (Node 20): use linkSignals() of src/lib/link-signals.ts.',
};

const TIMER = 'Use sleep() or condition() of @temporalio/workflow, with a summary.';
const CLOCK = 'The core has no clock and no dice: take nowMs or the random number as an argument.';

const SHARED =
  'All runs of a worker share this module: keep what changes in the state of a run, and type a constant collection as Readonly.';
/** Variables of a module that one run could leave to another. */
const noSharedState = [
  'Program > VariableDeclaration[kind="let"]',
  'Program > ExportNamedDeclaration > VariableDeclaration[kind="let"]',
  ':matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration > :not([id.typeAnnotation]) > NewExpression[callee.name=/^(Weak)?(Map|Set)$/]',
].map((selector) => ({ selector, message: SHARED }));

const notInWorkflows = [
  ...['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({ name, message: TIMER })),
  ...['process', 'Buffer', 'fetch', 'require', '__dirname', '__filename', 'performance'].map((name) => ({
    name,
    message: DETERMINISTIC,
  })),
  ...['WeakRef', 'FinalizationRegistry'].map((name) => ({
    name,
    message: 'Garbage collection differs between replays: hold the object, or let it go.',
  })),
  { name: 'console', message: 'Use log of @temporalio/workflow: it is silent in replays.' },
];

export default defineConfig(
  {
    ignores: [
      'dist/',
      'coverage/',
      'reports/',
      'node_modules/',
      'examples/',
      '.stryker-tmp/',
      '.meld-refresh/',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: {
      'import-x/resolver-next': [createTypeScriptImportResolver({ project: './tsconfig.json' })],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
    },
    rules: {
      eqeqeq: ['error', 'always'],
      'no-console': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // Without it an import of types alone would still load its module: zod in a workflow, for one.
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-self-import': 'error',
      'import-x/no-duplicates': ['error', { 'prefer-inline': true }],
      'import-x/no-default-export': 'error',
      'import-x/no-extraneous-dependencies': ['error', { devDependencies: ['test/**', 'bench/**'] }],
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { local: { rules: { 'room-imports': roomImports } } },
    rules: { 'local/room-imports': ['error', { src, rooms, hints }] },
  },
  {
    files: ['**/*.ts'],
    rules: { 'no-restricted-properties': ['error', WEAK_SIGNAL] },
  },
  {
    files: ['src/**/*.ts'],
    ignores: [
      'src/config.ts',
      'src/config/**',
      'src/temporal/**',
      'src/simulator/main.ts',
      'src/cli/**',
      'src/dev/**',
    ],
    rules: { 'no-restricted-properties': ['error', ENVIRONMENT, WEAK_SIGNAL] },
  },
  {
    files: ['src/cli/**/*.ts', 'src/dev/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['src/workflows/**/*.ts', 'src/refresh/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...notInWorkflows],
      'no-restricted-syntax': ['error', ...noSharedState],
      // Elsewhere `void` says that nobody waits on purpose; here the run would end without it.
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: false }],
    },
  },
  {
    files: ['src/refresh/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ENVIRONMENT,
        { object: 'Date', property: 'now', message: CLOCK },
        { object: 'Math', property: 'random', message: CLOCK },
      ],
      'no-restricted-syntax': [
        'error',
        ...noSharedState,
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: CLOCK },
        {
          selector: ':function[async=true]',
          message: 'The core does not wait: return a step, and let the workflow carry it out.',
        },
      ],
    },
  },
  {
    // Tests look into answers of any shape and hand over broken input on purpose.
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    extends: [tseslint.configs.base],
    languageOptions: {
      globals: { console: 'readonly', process: 'readonly', module: 'writable', require: 'readonly' },
    },
  },
);
