// SPDX-License-Identifier: MIT
import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

/** What kind of keys a purpose takes, and makes. */
export interface KeyKind {
  /** Whether a key, private or public, is one. */
  fits(key: KeyObject): boolean;
  /** For people: `an RSA key of 2048 bits; why`. */
  readonly mustBe: string;
  /** The name of its public half for people who named the private one. */
  readonly publicFile: string;
  /** The hash that signatures are over; null: the scheme has its own. */
  readonly digest: 'sha256' | null;
  /** A new private key. */
  generate(): Promise<KeyObject>;
}

/** SWUpdate with Mbed TLS reads signatures of this length and no other. */
const bundleKeyBits = 2048;

/** Keys that update bundles and images are signed with. */
export const bundleKeys: KeyKind = {
  fits: ({ asymmetricKeyType, asymmetricKeyDetails }) =>
    asymmetricKeyType === 'rsa' && asymmetricKeyDetails?.modulusLength === bundleKeyBits,
  mustBe: `an RSA key of ${bundleKeyBits} bits; SWUpdate on the board checks no other`,
  publicFile: 'update.pem',
  digest: 'sha256',
  async generate() {
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: bundleKeyBits });
    return privateKey;
  },
};
