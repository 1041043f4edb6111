// SPDX-License-Identifier: MIT
import { createHash, createPublicKey } from 'node:crypto';
import type { SigningKey } from '../bundle/key.ts';

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
