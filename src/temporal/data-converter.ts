import path from 'node:path';
import type { DataConverter } from '@temporalio/common';
import { payloadKeys, type PayloadKey } from '../config/payload-keys';
import { makeEncryptionCodec } from './encryption-codec';
import { SetupError } from './setup-error';

export type { PayloadKey } from '../config/payload-keys';

const FAILURE_CONVERTER = path.join(__dirname, 'failure-converter');

/**
 * What every client and worker is to be made with. Without keys payloads and failures stay plain, and an encrypted
 * one is refused by name instead of being taken for an unknown format.
 */
export function makeDataConverter(keys: readonly PayloadKey[]): DataConverter {
  return {
    payloadCodecs: [makeEncryptionCodec(keys)],
    ...(keys.length > 0 && { failureConverterPath: FAILURE_CONVERTER }),
  };
}

/**
 * Reads the text of `PAYLOAD_KEYS`, for programs with a configuration of their own; no text: no keys.
 * @throws SetupError that does not repeat the text
 */
export function readPayloadKeys(text: string): readonly PayloadKey[] {
  if (text === '') return [];
  const parsed = payloadKeys.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new SetupError(
    'PAYLOAD_KEYS: expected keys separated by commas, each an id of its own, ":" and 32 bytes in base64.',
  );
}
