import { OperatorError } from '../lib/run-main';

/** Something the operator must fix; the message says what, and by which command. */
export class SetupError extends OperatorError {
  override readonly name: string = 'SetupError';
}
