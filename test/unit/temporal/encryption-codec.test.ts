import { createSecretKey, randomBytes } from 'node:crypto';
import { ApplicationFailure, defaultPayloadConverter, type Payload } from '@temporalio/common';
import {
  decodeArrayFromPayloads,
  decodeOptionalFailureToOptionalError,
  encodeErrorToFailure,
  encodeToPayload,
  loadDataConverter,
} from '@temporalio/common/lib/internal-non-workflow';
import fc from 'fast-check';
import type { PayloadKey } from '../../../src/config/payload-keys';
import { makeDataConverter, readPayloadKeys } from '../../../src/temporal/data-converter';
import { makeEncryptionCodec, PayloadUnreadableError } from '../../../src/temporal/encryption-codec';
import { SetupError } from '../../../src/temporal/setup-error';

const aKey = (id: string): PayloadKey => ({ id, key: createSecretKey(randomBytes(32)) });
const OLD = aKey('2025-01');
const NEW = aKey('2026-01');
const CANARY = 'First National Canary Bank';

const bytes = fc.uint8Array({ maxLength: 300 });
const payloads = fc.array(
  fc.record(
    {
      metadata: fc.dictionary(
        fc.string().filter((name) => name !== '__proto__'),
        bytes,
      ),
      data: bytes,
    },
    { requiredKeys: ['metadata', 'data'] },
  ),
  { maxLength: 5 },
);

/** With its bytes as numbers: buffers and arrays of the same bytes are the same. */
function plain({ metadata, data }: Payload) {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, [...value]] as const);
  return { metadata: new Map(entries), data: [...(data ?? [])] };
}

async function encryptedWith(key: PayloadKey, value: unknown = CANARY): Promise<Payload> {
  const [payload] = await makeEncryptionCodec([key]).encode([defaultPayloadConverter.toPayload(value)]);
  return payload!;
}

async function refusalOf(decoding: Promise<unknown>): Promise<PayloadUnreadableError> {
  const error = await decoding.then(
    () => new Error('it was decoded'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PayloadUnreadableError);
  expect(error).toBeInstanceOf(SetupError);
  return error as PayloadUnreadableError;
}

describe('a payload', () => {
  test('comes back as it was, whatever it holds', async () => {
    const codec = makeEncryptionCodec([NEW, OLD]);
    await fc.assert(
      fc.asyncProperty(payloads, async (given) => {
        const decoded = await codec.decode(await codec.encode(given));
        expect(decoded.map(plain)).toEqual(given.map(plain));
      }),
    );
  });

  test('shows its encoding and the id of the key when it is encrypted, and nothing else', async () => {
    const { metadata, data } = await encryptedWith(NEW);
    expect(Object.keys(metadata!)).toEqual(['encoding', 'encryption-key-id']);
    expect(Buffer.from(metadata!['encoding']!).toString()).toBe('binary/encrypted');
    expect(Buffer.from(metadata!['encryption-key-id']!).toString()).toBe('2026-01');
    expect(Buffer.from(data!).includes('Canary')).toBe(false);
    expect(Buffer.from(data!).includes('json/plain')).toBe(false);
  });

  test('is never encrypted twice with the same IV', async () => {
    const ivs = await Promise.all(
      Array.from({ length: 500 }, async () =>
        Buffer.from((await encryptedWith(NEW)).data!.subarray(0, 12)).toString('hex'),
      ),
    );
    expect(new Set(ivs).size).toBe(500);
  });

  test('is not decrypted when any bit of its data was changed', async () => {
    const payload = await encryptedWith(NEW);
    const codec = makeEncryptionCodec([NEW]);
    for (let at = 0; at < payload.data!.length; at += 1) {
      const data = Uint8Array.from(payload.data!);
      data[at]! ^= 1 << (at % 8);
      const error = await refusalOf(codec.decode([{ ...payload, data }]));
      expect(error.message).toContain('key "2026-01"');
      expect(error.message).not.toContain('Canary');
    }
  });

  test('is not decrypted when it was cut or made longer', async () => {
    const payload = await encryptedWith(NEW);
    const codec = makeEncryptionCodec([NEW]);
    for (let length = 0; length < payload.data!.length; length += 1) {
      await refusalOf(codec.decode([{ ...payload, data: payload.data!.subarray(0, length) }]));
    }
    await refusalOf(codec.decode([{ ...payload, data: Buffer.concat([payload.data!, Buffer.alloc(1)]) }]));
    await refusalOf(codec.decode([{ metadata: payload.metadata! }]));
  });

  test('is bound to the id of its key: the same key under another id does not decrypt it', async () => {
    const payload = await encryptedWith(NEW);
    const alias = { id: 'alias', key: NEW.key };
    const metadata = { ...payload.metadata, 'encryption-key-id': Buffer.from('alias') };
    await refusalOf(makeEncryptionCodec([alias]).decode([{ ...payload, metadata }]));
  });

  test('whose key is missing is refused by the id of the key', async () => {
    const payload = await encryptedWith(OLD);
    const error = await refusalOf(makeEncryptionCodec([NEW]).decode([payload]));
    expect(error.keyId).toBe('2025-01');
    expect(error.message).toBe(
      'A payload encrypted with the key "2025-01" cannot be read: PAYLOAD_KEYS holds only 2026-01. ' +
        'Put the key back at the end of it.',
    );
    const off = await refusalOf(makeEncryptionCodec([]).decode([payload]));
    expect(off.message).toContain('key "2025-01" cannot be read: PAYLOAD_KEYS is not set');
  });

  test('cannot make the message long or break its line, whatever key it names', async () => {
    const payload = await encryptedWith(OLD);
    const metadata = { ...payload.metadata, 'encryption-key-id': Buffer.from('\n"'.repeat(10_000)) };
    const { message } = await refusalOf(makeEncryptionCodec([NEW]).decode([{ ...payload, metadata }]));
    expect(message).not.toContain('\n');
    expect(message.length).toBeLessThan(400);
  });
});

describe('rotation', () => {
  test('encrypts with the first key and decrypts with all', async () => {
    const rotated = makeEncryptionCodec([NEW, OLD]);
    const [fresh] = await rotated.encode([defaultPayloadConverter.toPayload(1)]);
    expect(Buffer.from(fresh!.metadata!['encryption-key-id']!).toString()).toBe('2026-01');
    const decoded = await rotated.decode([fresh!, await encryptedWith(OLD, 2)]);
    expect(decoded.map((one) => defaultPayloadConverter.fromPayload(one))).toEqual([1, 2]);
  });

  test('can be prepared: a key at the end decrypts before anything is encrypted with it', async () => {
    const prepared = makeEncryptionCodec([OLD, NEW]);
    const [decoded] = await prepared.decode([await encryptedWith(NEW)]);
    expect(defaultPayloadConverter.fromPayload(decoded!)).toBe(CANARY);
  });
});

describe('a history that is partly plain', () => {
  test('is read as a whole, so that encryption can be switched on while runs are open', async () => {
    const mixed = [defaultPayloadConverter.toPayload('plain'), await encryptedWith(NEW, 'encrypted')];
    const converter = loadDataConverter(makeDataConverter([NEW]));
    expect(await decodeArrayFromPayloads(converter, mixed)).toEqual(['plain', 'encrypted']);
  });

  test('is written plain without keys', async () => {
    const given = [defaultPayloadConverter.toPayload(CANARY)];
    expect(await makeEncryptionCodec([]).encode(given)).toEqual(given);
    expect(makeDataConverter([]).failureConverterPath).toBeUndefined();
  });
});

describe('a failure', () => {
  const failing = () =>
    ApplicationFailure.create({
      message: `message ${CANARY}`,
      details: [{ bank: CANARY }],
      cause: new Error(`cause ${CANARY}`),
    });

  test('is unreadable in message, stack trace, details and causes, and comes back whole', async () => {
    const converter = loadDataConverter(makeDataConverter([NEW]));
    const failure = await encodeErrorToFailure(converter, failing());
    expect(JSON.stringify(failure)).not.toMatch(/Canary|encryption-codec/);
    expect(searched(failure)).not.toContain('Canary');
    expect(failure.message).toBe('Encoded failure');
    const error = await decodeOptionalFailureToOptionalError(converter, failure);
    expect(error).toMatchObject({
      message: `message ${CANARY}`,
      details: [{ bank: CANARY }],
      cause: { message: `cause ${CANARY}` },
    });
    expect(error?.stack).toContain('encryption-codec.test');
  });

  test('is plain without keys, and is read by anyone who has one', async () => {
    const failure = await encodeErrorToFailure(loadDataConverter(makeDataConverter([])), failing());
    expect(failure.message).toContain(CANARY);
    expect(searched(failure)).toContain('Canary');
    const converter = loadDataConverter(makeDataConverter([NEW]));
    expect((await decodeOptionalFailureToOptionalError(converter, failure))?.message).toContain(CANARY);
  });

  /** Everything in it that is bytes or text, as text. */
  function searched(node: unknown): string {
    if (node instanceof Uint8Array) return Buffer.from(node).toString('latin1');
    if (typeof node !== 'object' || node === null) return String(node);
    return Object.values(node).map(searched).join(' ');
  }
});

test('a data converter of the same keys reads what another process wrote', async () => {
  const payload = await encodeToPayload(loadDataConverter(makeDataConverter([NEW])), { bank: CANARY });
  const other = loadDataConverter(makeDataConverter([aKey('2027-01'), { id: NEW.id, key: NEW.key }]));
  expect(await decodeArrayFromPayloads(other, [payload])).toEqual([{ bank: CANARY }]);
});

test('keys are read from their text by programs with a configuration of their own', () => {
  const text = `k1:${randomBytes(32).toString('base64')}`;
  expect(readPayloadKeys(text).map(({ id }) => id)).toEqual(['k1']);
  expect(readPayloadKeys('')).toEqual([]);
  expect(() => readPayloadKeys(`${text},${text}`)).toThrow(SetupError);
  expect(() => readPayloadKeys('canary')).toThrow(/^PAYLOAD_KEYS: expected (?!.*canary)/);
});
