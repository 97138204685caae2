/** Something that whoever runs the program must set right; the message says what and by which command. */
export class SetupError extends Error {
  override readonly name: string = 'SetupError';
}
