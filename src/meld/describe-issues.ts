import type { z } from 'zod';

/** Which fields were not as expected, without quoting a value: `status: expected string, received undefined`. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => {
      const what = message.replace(/^Invalid input: /, '');
      return path.length === 0 ? what : `${path.map(String).join('.')}: ${what}`;
    })
    .join('; ');
}
