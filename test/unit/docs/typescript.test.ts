import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import manifest from '../../../package.json';
import { codeBlocks, REPOSITORY, type CodeBlock } from './code-blocks';

const pages = [
  'README.md',
  ...readdirSync(path.join(REPOSITORY, 'docs')).map((name) => `docs/${name}`),
].filter((file) => file.endsWith('.md') && existsSync(path.join(REPOSITORY, file)));
/** Each entry of the package by its name, and the source it is built from. */
const ENTRIES = Object.entries<string | { readonly types: string }>(manifest.exports).flatMap(
  ([entry, target]) =>
    typeof target === 'string'
      ? []
      : [
          [
            `meld-refresh${entry.slice(1)}`,
            [path.join(REPOSITORY, target.types.replace('/dist/', '/src/').replace('.d.ts', '.ts'))],
          ] as const,
        ],
);

const blocks = pages.flatMap(codeBlocks).filter(({ info }) => info[0] === 'ts');

/** Compiles each block as a module of its own that imports this package by its name; by block, what is wrong. */
function errorsOf(sources: readonly CodeBlock[]): string[] {
  const { config } = ts.readConfigFile(path.join(REPOSITORY, 'tsconfig.json'), (file) =>
    ts.sys.readFile(file),
  );
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, REPOSITORY);
  const files = new Map(
    sources.map((block) => [path.join(REPOSITORY, `${block.file}.${block.line}.mts`), block] as const),
  );
  const full: ts.CompilerOptions = {
    ...options,
    paths: Object.fromEntries([...ENTRIES].map(([entry, files]) => [entry, [...files]])),
  };
  const host = ts.createCompilerHost(full);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.readFile = (file) => files.get(file)?.code ?? readFile(file);
  host.getSourceFile = (file, version, ...rest) => {
    const block = files.get(file);
    return block ? ts.createSourceFile(file, block.code, version) : getSourceFile(file, version, ...rest);
  };
  const program = ts.createProgram([...files.keys()], full, host);
  return [...files].flatMap(([file, block]) => {
    const source = program.getSourceFile(file);
    const diagnostics = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ];
    return diagnostics.map(({ messageText, start = 0 }) => {
      const line = block.line + block.code.slice(0, start).split('\n').length - 1;
      return `${block.file}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  });
}

test('every TypeScript block of the documentation compiles against this package', () => {
  expect(blocks.filter(({ file }) => file === 'docs/client.md').length).toBeGreaterThan(5);
  // The compiler starts once, so the block that must fail is compiled along.
  const wrong: CodeBlock = {
    file: 'docs/wrong.md',
    line: 7,
    info: ['ts'],
    code: "import { OUTCOMES } from 'meld-refresh/client';\nexport const first: number = OUTCOMES[0];\n",
  };
  expect(errorsOf([...blocks, wrong])).toEqual([
    "docs/wrong.md:8 Type 'string' is not assignable to type 'number'.",
  ]);
});
