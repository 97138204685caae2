import { describeFailure, type MeldFailure } from './meld-reply';

/** Thrown where a failure cannot be returned: in the middle of an iteration. */
export class MeldError extends Error {
  override readonly name = 'MeldError';

  constructor(readonly failure: MeldFailure) {
    super(describeFailure(failure));
  }
}
