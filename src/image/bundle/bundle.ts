// SPDX-License-Identifier: MIT
import { createHash, verify } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Board } from '../board.ts';
import { type CpioEntry, cpioArchive, readCpio } from '../cpio.ts';
import { BuildError } from '../errors.ts';
import { renderTemplate } from '../template.ts';
import type { SigningKey } from './key.ts';

export interface BundleContents {
  readonly board: Pick<Board, 'name' | 'title'>;
  readonly version: string;
  readonly slot: Buffer;
  /** Date of the archive's entries, in seconds. */
  readonly epoch: number;
}

const description = 'sw-description';
const signature = 'sw-description.sig';
const template = fileURLToPath(new URL('sw-description.hbs', import.meta.url));

/** The board's own names for its slots (overlay/etc/init.d/S04disk.hbs makes them), whatever the disk is called. */
const slotDevice = (set: string) => `/run/plait/disk/${set}`;

/**
 * An update bundle for SWUpdate: description, its signature, the slot's squashfs. RSA with PKCS #1 v1.5 over SHA-256:
 * the same key and contents give the same bytes. The description holds the image's hash, so the one signature covers
 * all.
 */
export async function makeBundle(contents: BundleContents, key: Pick<SigningKey, 'sign'>): Promise<Buffer> {
  const { board, version, slot, epoch } = contents;
  const image = { name: `plait-${board.name}.squashfs`, sha256: sha256(slot) };
  const slots = ['slot-a', 'slot-b'].map((set) => ({ set, device: slotDevice(set) }));
  const text = Buffer.from(await renderTemplate(template, { board, version, image, slots }));
  const entries: CpioEntry[] = [
    { name: description, data: text },
    { name: signature, data: await key.sign(text) },
    { name: image.name, data: slot },
  ];
  return cpioArchive(entries, 'crc', epoch);
}

/** What a bundle that checks out says of itself. */
export interface BundleFacts {
  readonly version: string;
  readonly hardware: string;
  readonly images: readonly { readonly name: string; readonly size: number }[];
}

/**
 * Checks a bundle with a public key (PEM): order, signature, and each image's hash. Throws a
 * BuildError with a sentence that says what is wrong.
 */
export function verifyBundle(bundle: Uint8Array, publicPem: string): BundleFacts {
  const [first, second, ...images] = readCpio(bundle);
  if (first?.name !== description || second?.name !== signature)
    throw new BuildError(`not an update bundle: it must begin with ${description} and ${signature}`);
  if (!verify('sha256', first.data, publicPem, second.data))
    throw new BuildError(
      'the signature is not made with the key that belongs to this public key, or the bundle was changed',
    );
  const text = Buffer.from(first.data).toString('utf8');
  const named = new Map(
    [...text.matchAll(/filename = "([^"]+)";[^}]*?sha256 = "([0-9a-f]{64})"/g)].map((m) => [m[1], m[2]]),
  );
  const present = new Set(images.map(({ name }) => name));
  for (const { name, data } of images) {
    if (named.get(name) !== sha256(data)) throw new BuildError(`${name} is not the image that was signed`);
  }
  for (const name of named.keys())
    if (!present.has(name ?? '')) throw new BuildError(`${name} is missing in the bundle`);
  return {
    version: /version = "([^"]+)"/.exec(text)?.[1] ?? '',
    hardware: /hardware-compatibility: \[ "([^"]+)" \]/.exec(text)?.[1] ?? '',
    images: images.map(({ name, data }) => ({ name, size: data.length })),
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
