// SPDX-License-Identifier: MIT
/** Values that the netlink tests share. */
import fc from 'fast-check';

export const ipv4 = fc
  .tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))
  .map((parts) => parts.join('.'));
export const prefix = fc.nat(32);

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
