import type { Progress } from '../refresh/model/progress';

/**
 * The memo `progress`, if it is one. A phase that a newer worker names passes as it came: the window memory in it
 * must not be lost.
 */
export function parseProgress(value: unknown): Progress | null {
  return isProgress(value) ? value : null;
}

function isProgress(value: unknown): value is Progress {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Partial<Record<keyof Progress, unknown>> = value;
  return (
    typeof fields.phase === 'string' &&
    typeof fields.why === 'string' &&
    isTextOrNull(fields.waitingUntil) &&
    typeof fields.calls === 'number' &&
    isTextOrNull(fields.nextAllowedAt) &&
    (fields.connectionProducts === null ||
      (Array.isArray(fields.connectionProducts) &&
        fields.connectionProducts.every((item) => typeof item === 'string')))
  );
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}
