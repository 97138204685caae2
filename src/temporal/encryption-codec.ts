import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { METADATA_ENCODING_KEY, type Payload, type PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import type { PayloadKey } from '../config/payload-keys';
import { SetupError } from './setup-error';

const { Payload: PayloadMessage } = temporal.api.common.v1;

/** `encoding` of an encrypted payload, as Temporal's own samples have it. */
const ENCRYPTED = 'binary/encrypted';
/** Metadata that names the key. */
const KEY_ID = 'encryption-key-id';

const ALGORITHM = 'aes-256-gcm';
/** 96 bits: what GCM is made for. Random ones may be drawn 2^32 times for a key (NIST SP 800-38D, 8.3). */
const IV_BYTES = 12;
const TAG_BYTES = 16;
const LONGEST_KEY_ID = 64;

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

/**
 * Encrypts every payload with the first key and decrypts with the one that the payload names. Data:
 * IV, ciphertext, tag; the ciphertext is the whole payload, its metadata included; the key's id is authenticated.
 * What is not encrypted passes `decode` as it is, so that histories may be mixed.
 * @param keys none: `encode` changes nothing, and `decode` refuses what is encrypted
 * @throws PayloadUnreadableError from `decode`, for a key that is not there and for data that was altered
 */
export function makeEncryptionCodec(keys: readonly PayloadKey[]): PayloadCodec {
  const [newest] = keys;
  return {
    encode: (payloads) =>
      Promise.resolve(newest === undefined ? payloads : payloads.map((payload) => encrypt(payload, newest))),
    // `async`: what is thrown becomes a rejection.
    decode: async (payloads) => {
      await Promise.resolve();
      return payloads.map((payload) => (isEncrypted(payload) ? decrypt(payload, keys) : payload));
    },
  };
}

function encrypt(payload: Payload, { id, key }: PayloadKey): Payload {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(id));
  const ciphertext = [cipher.update(PayloadMessage.encode(payload).finish()), cipher.final()];
  return {
    metadata: { [METADATA_ENCODING_KEY]: Buffer.from(ENCRYPTED), [KEY_ID]: Buffer.from(id) },
    data: Buffer.concat([iv, ...ciphertext, cipher.getAuthTag()]),
  };
}

function decrypt({ metadata, data }: Payload, keys: readonly PayloadKey[]): Payload {
  const id = textOf(metadata?.[KEY_ID]).slice(0, LONGEST_KEY_ID);
  const known = keys.find((key) => key.id === id);
  if (known === undefined) throw new PayloadUnreadableError(id, whatThereIs(keys));
  try {
    return PayloadMessage.decode(open(data ?? new Uint8Array(), known));
  } catch {
    throw new PayloadUnreadableError(
      id,
      'it was altered or cut, or PAYLOAD_KEYS holds another key under that id than the one that encrypted it.',
    );
  }
}

function open(data: Uint8Array, { id, key }: PayloadKey): Uint8Array {
  const iv = data.subarray(0, IV_BYTES);
  const tag = data.subarray(Math.max(IV_BYTES, data.length - TAG_BYTES));
  const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(id))
    .setAuthTag(tag);
  const ciphertext = data.subarray(IV_BYTES, data.length - TAG_BYTES);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}

function whatThereIs(keys: readonly PayloadKey[]): string {
  if (keys.length === 0) return 'PAYLOAD_KEYS is not set.';
  return `PAYLOAD_KEYS holds only ${keys.map(({ id }) => id).join(', ')}. Put the key back at the end of it.`;
}

function isEncrypted({ metadata }: Payload): boolean {
  return textOf(metadata?.[METADATA_ENCODING_KEY]) === ENCRYPTED;
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}
