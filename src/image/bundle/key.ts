// SPDX-License-Identifier: MIT

/** What update bundles are signed with. */
export interface SigningKey {
  /** Where the private key is: a file, or the URI of a token's key. */
  readonly origin: string;
  /** PEM; goes into the image and beside the bundle. */
  readonly publicPem: string;
  /** Made by this call: no board in the field knows it. */
  readonly isNew: boolean;
  /** The same data always gives the same signature: RSA with PKCS #1 v1.5 over SHA-256 for images, Ed25519 for stations. */
  sign(data: Buffer): Promise<Buffer>;
}

export interface KeyChoice {
  /** A file, or a `pkcs11:` URI; default: `update.key` in the directory of keys, made on first use. */
  readonly key?: string | undefined;
  /** Never make a key. */
  readonly mustExist?: boolean;
  /** Asked for when the key is encrypted; returns nothing when there is nobody to ask. */
  readonly passphrase?: (what: string) => Promise<string | undefined>;
}
