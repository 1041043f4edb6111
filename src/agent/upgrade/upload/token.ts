// SPDX-License-Identifier: MIT
/** What a client must show to upload: made anew each time, kept in RAM of the agent only, and never logged. */
import { hexOf } from '../../../appliance/nft/hex.ts';
import type { Disks } from '../../ports.ts';

const BYTES = 16;

/** 128 random bits, in hexadecimal. */
export function newToken(disks: Pick<Disks, 'readAt'>): string {
  return hexOf(disks.readAt('/dev/urandom', 0, BYTES));
}

/** Takes as long for every wrong text: what was guessed right shows in nothing. */
export function isSecret(given: string, secret: string): boolean {
  let difference = given.length ^ secret.length;
  for (let at = 0; at < secret.length; at++)
    difference |= secret.charCodeAt(at) ^ (at < given.length ? given.charCodeAt(at) : 0);
  return difference === 0;
}
