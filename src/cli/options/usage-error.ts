/** The command as typed cannot be carried out; the message says which part of it and what was expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
