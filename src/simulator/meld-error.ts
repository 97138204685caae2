import { STATUS_CODES } from 'node:http';
import type { z } from 'zod';

/** An answer of 300 or more, on its way to the caller. */
export class MeldError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly errors: readonly string[] = [],
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** The body that every status of 400 and more carries ("Reference"). */
export function errorBody(error: MeldError, requestId: string, timestamp: string) {
  const name = STATUS_CODES[Math.min(error.status, 500)] ?? 'Bad Request';
  const code = name.toUpperCase().replaceAll(' ', '_');
  return { code, message: error.message, errors: error.errors, requestId, timestamp };
}

/** @throws MeldError 404 when there is none. */
export function orNotFound<T>(found: T | undefined, message: string): T {
  if (found === undefined) throw new MeldError(404, message);
  return found;
}

/** @throws MeldError 400 that lists every field in question. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`);
  throw new MeldError(400, `Invalid request: ${errors.slice(0, 5).join('; ')}`, errors);
}

/** The answer of a plan's `error` step. A redirect leads nowhere good: nobody may follow it. */
export function plannedError(status: number): MeldError {
  const headers = status < 400 ? { location: '/elsewhere' } : {};
  return new MeldError(status, `The simulator was told to answer ${status}.`, [], headers);
}
