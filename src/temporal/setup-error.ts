/** Something the operator must fix; the message says what, and by which command. */
export class SetupError extends Error {
  override readonly name: string = 'SetupError';
}
