import { OperatorError } from './run-main';

/** Thrown at import by what cannot work without a package that `npm install --omit=optional` left out. */
export class MissingDependencyError extends OperatorError {
  override readonly name: string = 'MissingDependencyError';
}

/**
 * Imported before what it guards: otherwise Node's own "Cannot find module" comes first, which says neither why nor
 * what to install.
 * @param resolve `require.resolve` of the caller: installed is what the caller finds.
 */
export function requireOptional(
  what: string,
  packages: readonly string[],
  resolve: (id: string) => string,
): void {
  const missing = packages.filter((name) => !isInstalled(name, resolve));
  if (missing.length === 0) return;
  throw new MissingDependencyError(
    `${what} needs ${missing.join(', ')}: optional ${missing.length === 1 ? 'dependency' : 'dependencies'} of ` +
      'meld-refresh, not installed. To install: ' +
      `npm install ${missing.join(' ')} (or install meld-refresh without --omit=optional).`,
  );
}

function isInstalled(name: string, resolve: (id: string) => string): boolean {
  try {
    resolve(name);
    return true;
  } catch {
    return false;
  }
}
