import path from 'node:path';
import ts from 'typescript';

/** A value and the type of kubernetes-models (generated from Kubernetes' OpenAPI and KEDA's CRDs) that it should have. */
export interface TypedValue {
  readonly module: string;
  readonly type: string;
  readonly value: object;
}

/** The type of a resource of Kubernetes or KEDA. */
export function typedResource(
  resource: Readonly<Record<string, unknown>> & { readonly apiVersion: string; readonly kind: string },
): TypedValue {
  const { apiVersion, kind } = resource;
  const packageName = apiVersion.startsWith('keda.sh/') ? '@kubernetes-models/keda' : 'kubernetes-models';
  return { module: `${packageName}/${apiVersion}/${kind}`, type: kind, value: resource };
}

export const podTemplate = (value: object): TypedValue => ({
  module: 'kubernetes-models/v1/PodTemplateSpec',
  type: 'PodTemplateSpec',
  value,
});

interface Validator {
  validate(): void;
}

/**
 * What is wrong with each value, found twice: by its type, which refuses a field that does not exist, and by its JSON
 * schema, which knows patterns and ranges.
 */
export async function errorsOf(values: readonly TypedValue[]): Promise<readonly (readonly string[])[]> {
  const byType = typeErrors(values);
  return Promise.all(
    values.map(async (value, n) => [...(byType.get(n) ?? []), ...(await schemaErrors(value))]),
  );
}

async function schemaErrors({ module, type, value }: TypedValue): Promise<readonly string[]> {
  const models: Readonly<Record<string, new (data: object) => Validator>> = await import(module);
  const Model = models[type];
  if (Model === undefined) throw new Error(`${module} has no ${type}`);
  try {
    new Model(value).validate();
    return [];
  } catch (error) {
    return [String(error)];
  }
}

/** By the number of the value. The compiler takes seconds to start, so it starts once for all. */
function typeErrors(values: readonly TypedValue[]): ReadonlyMap<number, readonly string[]> {
  const file = path.join(__dirname, 'resources.ts');
  const lines = values.map(({ module, type, value }, n) => {
    const checked = JSON.stringify(value);
    return `import type { I${type} as T${n} } from '${module}'; export const r${n}: T${n} = ${checked};`;
  });
  const code = lines.join('\n');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? code : readFile(name));
  host.getSourceFile = (name, version, ...rest) =>
    name === file ? ts.createSourceFile(file, code, version) : getSourceFile(name, version, ...rest);
  const errors = new Map<number, string[]>();
  for (const { messageText, start = 0 } of ts.getPreEmitDiagnostics(
    ts.createProgram([file], options, host),
  )) {
    const n = code.slice(0, start).split('\n').length - 1;
    errors.set(n, [...(errors.get(n) ?? []), ts.flattenDiagnosticMessageText(messageText, '\n')]);
  }
  return errors;
}
