// SPDX-License-Identifier: MIT
import { createHash, createPublicKey, verify } from 'node:crypto';
import type { SigningKey } from '../bundle/key.ts';
import type { PublicKey } from '../bundle/public-key.ts';
import { BuildError } from '../errors.ts';

/** A signed statement in the form of DSSE, as in-toto and its verifiers read it. */
export interface Envelope {
  readonly payloadType: string;
  /** Base64. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

const inToto = 'application/vnd.in-toto+json';

/** Signs a statement; RSA with PKCS #1 v1.5 over SHA-256: the same key and statement give the same bytes. */
export async function signStatement(
  statement: unknown,
  { sign, publicPem }: Pick<SigningKey, 'sign' | 'publicPem'>,
): Promise<Envelope> {
  const payload = Buffer.from(JSON.stringify(statement));
  const sig = Buffer.from(await sign(preAuthEncoding(inToto, payload))).toString('base64');
  return {
    payloadType: inToto,
    payload: payload.toString('base64'),
    signatures: [{ keyid: keyId(publicPem), sig }],
  };
}

/** SHA-256 of a public key in DER form, as hexadecimal digits. */
export function keyId(publicPem: string): string {
  const der = createPublicKey(publicPem).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex');
}

/** What DSSE signs: type and payload, each with its length before it. */
function preAuthEncoding(type: string, payload: Buffer): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/**
 * What is in an envelope that one of these keys has signed, and that key. Throws a BuildError for what is no envelope of an
 * in-toto statement, or is signed with none of them.
 */
export function openEnvelope(
  text: string,
  trusted: readonly PublicKey[],
): { readonly statement: unknown; readonly key: PublicKey } {
  const { payloadType, payload, signatures } = parseEnvelope(text);
  const bytes = Buffer.from(payload, 'base64');
  const signed = preAuthEncoding(payloadType, bytes);
  // The identifier of a key is a hint that nobody signed; each signature is tried with each key.
  const key = trusted.find(({ pem }) =>
    signatures.some(({ sig }) => verify('sha256', signed, pem, Buffer.from(sig, 'base64'))),
  );
  if (!key)
    throw new BuildError(
      'the provenance is signed with none of the keys that are trusted here, or it was changed',
    );
  return { statement: JSON.parse(bytes.toString('utf8')), key };
}

function parseEnvelope(text: string): Envelope {
  try {
    const envelope = JSON.parse(text) as Partial<Envelope>;
    const whole =
      envelope.payloadType === inToto &&
      typeof envelope.payload === 'string' &&
      Array.isArray(envelope.signatures) &&
      envelope.signatures.every((one) => typeof one?.sig === 'string');
    if (whole) return envelope as Envelope;
  } catch {
    // Said below.
  }
  throw new BuildError('the provenance is not an in-toto statement in a DSSE envelope');
}
