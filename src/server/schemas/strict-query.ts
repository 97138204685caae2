import { z } from 'zod';

/** A query of these parameters and no others: a misspelt one must not go unnoticed. */
export function strictQuery<Parameters extends z.ZodRawShape>(parameters: Parameters) {
  return z.strictObject(parameters, {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? `unknown parameter; expected only ${Object.keys(parameters).join(', ')}`
        : undefined,
  });
}
