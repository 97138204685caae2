import { OperatorError } from './run-main';

/** By program: the optional dependencies that it cannot work without. */
const PACKAGES = {
  worker: ['@temporalio/worker'],
  server: [
    'fastify',
    '@fastify/rate-limit',
    '@fastify/swagger',
    '@fastify/swagger-ui',
    'fastify-type-provider-zod',
    'prom-client',
  ],
  simulator: ['fastify'],
  tracing: [
    '@opentelemetry/api',
    '@opentelemetry/exporter-trace-otlp-proto',
    '@opentelemetry/resources',
    '@opentelemetry/sdk-trace-node',
  ],
} as const;

/** Thrown at import by what cannot work without a package that `npm install --omit=optional` left out. */
export class MissingDependencyError extends OperatorError {
  override readonly name: string = 'MissingDependencyError';
}

/**
 * Imported before what it guards: otherwise Node's own "Cannot find module" comes first, which says neither why nor
 * what to install.
 * @throws MissingDependencyError
 */
export function requireOptional(what: string, programs: readonly (keyof typeof PACKAGES)[]): void {
  const missing = programs.flatMap((program) => PACKAGES[program]).filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  throw new MissingDependencyError(
    `${what} needs ${missing.join(', ')}: optional ${missing.length === 1 ? 'dependency' : 'dependencies'} of ` +
      'meld-refresh, not installed. To install: ' +
      `npm install ${missing.join(' ')} (or install meld-refresh without --omit=optional).`,
  );
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}
