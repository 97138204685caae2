import { createSecretKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';

/** A key for payloads. What printing it shows is no byte of the key. */
export interface PayloadKey {
  /** Stands readable beside everything that the key encrypts. */
  readonly id: string;
  /** AES-256. */
  readonly key: KeyObject;
}

const ENTRY = /^([\w.-]{1,64}):([A-Za-z0-9+/]{43}=)$/;

const entry = z.string().transform((text, context): PayloadKey => {
  const [, id = '', base64 = ''] = ENTRY.exec(text) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  // The last digit has two bits to spare: another one in its place is a slip, though it decodes.
  if (bytes.length === 32 && bytes.toString('base64') === base64) return { id, key: createSecretKey(bytes) };
  context.addIssue('no key');
  return z.NEVER;
});

/** Entries separated by commas. */
export const commaList = <T>(entries: z.ZodType<T, string[]>) =>
  z
    .string()
    .transform((list) => list.split(',').map((item) => item.trim()))
    .pipe(entries);

/** The text of `PAYLOAD_KEYS`: `id:base64` entries separated by commas, every id once. */
export const payloadKeys = commaList(z.array(entry))
  .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length)
  .readonly();

/** What of the keys must not be logged: each as it stands in the variable. */
export function secretsOfKeys(keys: readonly PayloadKey[]): readonly string[] {
  return keys.map(({ key }) => key.export().toString('base64'));
}
