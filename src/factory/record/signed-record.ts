// SPDX-License-Identifier: MIT
/**
 * A signed record: one line of canonical JSON, {"record": …, "signature": {key, value}}. The signature is over the canonical
 * bytes of the record. There is one form of a file and no other, so that each changed byte is seen, in the signature too.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { SigningKey } from '../../image/bundle/key.ts';
import { fingerprint, type PublicKey } from '../../image/bundle/public-key.ts';
import { canonicalJson } from './canonical-json.ts';
import { RecordError } from './errors.ts';
import { MAX_RECORD_BYTES, parseRecord } from './parse.ts';
import type { FactoryRecord } from './record.ts';

export interface VerifiedRecord {
  readonly record: FactoryRecord;
  /** The key that has signed. */
  readonly key: PublicKey;
  /** Its fingerprint. */
  readonly signer: string;
}

/** Keys of stations, ready to check many records. */
export type TrustedKeys = ReadonlyMap<string, { readonly key: PublicKey; readonly object: KeyObject }>;

/** By fingerprint. */
export function trusting(keys: readonly PublicKey[]): TrustedKeys {
  return new Map(keys.map((key) => [fingerprint(key.pem), { key, object: createPublicKey(key.pem) }]));
}

/** The text of a signed file. @throws RecordError when it is no record, or a larger one than is read again */
export async function signRecord(
  given: FactoryRecord,
  { sign, publicPem }: Pick<SigningKey, 'sign' | 'publicPem'>,
): Promise<string> {
  const record = parseRecord(given, `the record ${given.id}`);
  const canonical = canonicalJson(record);
  const value = (await sign(Buffer.from(canonical))).toString('base64');
  const text = fileText(canonical, { key: fingerprint(publicPem), value });
  if (Buffer.byteLength(text) > MAX_RECORD_BYTES)
    throw new RecordError(
      `the record ${record.id} has ${Buffer.byteLength(text)} bytes, of at most ${MAX_RECORD_BYTES}`,
    );
  return text;
}

/** What is in a signed file. @throws RecordError when one of its bytes is not what one of these keys signed */
export function openRecord(bytes: Uint8Array, trusted: TrustedKeys, origin: string): VerifiedRecord {
  if (bytes.length > MAX_RECORD_BYTES)
    throw new RecordError(`${origin} has ${bytes.length} bytes; a record has at most ${MAX_RECORD_BYTES}`);
  const { record, canonical, signature } = parseFile(bytes, origin);
  const signer = trusted.get(signature.key);
  if (signer === undefined)
    throw new RecordError(
      `${origin} says that it is signed with ${signature.key.slice(0, 16)}, which is no station that is trusted here`,
    );
  // What nobody trusted has signed is not looked into.
  if (!verify(null, Buffer.from(canonical), signer.object, Buffer.from(signature.value, 'base64')))
    throw new RecordError(
      `${origin} is not what station ${signature.key.slice(0, 16)} signed: it was changed since`,
    );
  return { record: parseRecord(record, origin), key: signer.key, signer: signature.key };
}

interface Signature {
  /** Fingerprint of the public key. */
  readonly key: string;
  /** Base64. */
  readonly value: string;
}

/** Of a record that is canonical. */
function fileText(record: string, signature: Signature): string {
  return `{"record":${record},"signature":${canonicalJson(signature)}}\n`;
}

function parseFile(
  bytes: Uint8Array,
  origin: string,
): { record: unknown; canonical: string; signature: Signature } {
  const { record, signature } = parseJson(bytes, origin);
  const { key, value } = signature ?? {};
  if (typeof key !== 'string' || !/^[0-9a-f]{64}$/.test(key) || typeof value !== 'string' || !isBase64(value))
    throw new RecordError(`${origin} is no signed record: it has no signature {key, value}`);
  let canonical: string;
  try {
    canonical = canonicalJson(record);
  } catch (error) {
    throw new RecordError(`${origin} is no signed record: ${(error as Error).message}`, { cause: error });
  }
  if (Buffer.compare(Buffer.from(fileText(canonical, { key, value })), bytes) !== 0)
    throw new RecordError(`${origin} is not in the form in which records are signed: it was changed since`);
  return { record, canonical, signature: { key, value } };
}

function parseJson(
  bytes: Uint8Array,
  origin: string,
): { record?: unknown; signature?: Partial<Record<keyof Signature, unknown>> } {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)) ?? {};
  } catch (error) {
    // V8's message quotes the text, which may be anything.
    throw new RecordError(`${origin} is not JSON in UTF-8`, { cause: error });
  }
}

/** In its one form: other bits at the end would pass unseen. */
function isBase64(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64') === text;
}
