/** A request that cannot be carried out as it stands. The message says what was expected and what came. */
export class InvalidRequestError extends Error {
  override readonly name = 'InvalidRequestError';
  readonly code = 'invalid_request';

  /**
   * @param field path of the input at fault, such as `policy.poll.first`
   * @param expected what would have been right, as a noun phrase
   * @param received the value as it came
   */
  constructor(
    readonly field: string,
    expected: string,
    received: unknown,
  ) {
    super(`${field}: expected ${expected}, received ${inWords(received)}.`);
  }
}

function inWords(value: unknown): string {
  // JSON has no word for functions and symbols, which come from callers in the same process only.
  const text = (JSON.stringify(value) as string | undefined) ?? `a value of type ${typeof value}`;
  if (value === undefined) return 'nothing';
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
