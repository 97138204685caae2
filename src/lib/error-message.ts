/** What an error says, whichever realm it comes from. Never throws. */
export function errorMessage(error: unknown): string {
  const message: unknown = Reflect.get(Object(error), 'message');
  return typeof message === 'string' ? message : String(error);
}
