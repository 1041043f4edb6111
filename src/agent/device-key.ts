// SPDX-License-Identifier: MIT
/**
 * The board's own key. It is the Ed25519 host key of SSH, which each board has, which every SSH login proves, and whose fingerprint can
 * be compared with the label: a second secret would only be one more to guard. The private half is a file of mode 0600 on the data
 * partition and never leaves it; flashing, which wipes that partition, ends it. The file is dropbear's: a word and the number 64, both
 * with their lengths, then the private and the public half, 32 bytes each.
 */
import { base64 } from '../appliance/base64.ts';
import type { Disks, Ports } from './ports.ts';

export const DEVICE_KEY = '/data/dropbear/dropbear_ed25519_host_key';

const TYPE = 'ssh-ed25519';
const HALF = 32;
/** Milliseconds: some on a slow CPU, when there is randomness. */
const MAKES = 30_000;

/** As SSH writes public keys: lengths before type and key. */
const PUBLIC_HEAD = [0, 0, 0, TYPE.length, ...letters(TYPE), 0, 0, 0, HALF];
const PRIVATE_HEAD = [0, 0, 0, TYPE.length, ...letters(TYPE), 0, 0, 0, 2 * HALF];
const LENGTH = PRIVATE_HEAD.length + 2 * HALF;

/** The public half as in known_hosts, base64; undefined: there is no key. */
export function devicePublicKey(disks: Pick<Disks, 'readAt'>): string | undefined {
  let bytes: Uint8Array;
  try {
    bytes = disks.readAt(DEVICE_KEY, 0, LENGTH);
  } catch {
    return undefined;
  }
  if (bytes.length !== LENGTH || !PRIVATE_HEAD.every((byte, at) => bytes[at] === byte)) return undefined;
  return base64(Uint8Array.from([...PUBLIC_HEAD, ...bytes.subarray(LENGTH - HALF)]));
}

/** The same; it is made where there is none yet. @throws Error when it cannot be */
export async function makeDeviceKey({
  disks,
  processes,
}: Pick<Ports, 'disks' | 'processes'>): Promise<string> {
  const found = devicePublicKey(disks);
  if (found !== undefined) return found;
  const { code, stderr } = await processes.run(['dropbearkey', '-t', 'ed25519', '-f', DEVICE_KEY], {
    timeout: MAKES,
  });
  const made = devicePublicKey(disks);
  if (made === undefined)
    throw new Error(`the board's key was not made (dropbearkey ended with ${code}): ${stderr.trim()}`);
  return made;
}

function letters(text: string): number[] {
  return [...text].map((letter) => letter.charCodeAt(0));
}
