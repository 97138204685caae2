import { OperatorError } from '../lib/run-main';

/** The environment cannot be worked with; the message names every wrong variable and what it should be. */
export class ConfigError extends OperatorError {
  override readonly name = 'ConfigError';
}
