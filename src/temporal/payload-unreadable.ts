import { SetupError } from './setup-error';

/** An encrypted payload cannot be decrypted. The message names the key's id, never a key and never what was inside. */
export class PayloadUnreadableError extends SetupError {
  override readonly name = 'PayloadUnreadableError';

  constructor(
    /** As the payload names it, clipped; anyone may have written it. */
    readonly keyId: string,
    reason: string,
  ) {
    super(`A payload encrypted with the key ${JSON.stringify(keyId)} cannot be read: ${reason}`);
  }
}
