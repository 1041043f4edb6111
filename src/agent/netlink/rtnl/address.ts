// SPDX-License-Identifier: MIT
/** Addresses (linux/if_addr.h). */
import { Attrs, CodecError, ipv4Bytes, u32At, Writer } from '../bytes.ts';
import { AF_INET } from './ipv4.ts';

export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
export const RTM_GETADDR = 22;

const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4, FLAGS: 8 } as const;
const IFA_F_NOPREFIXROUTE = 0x200;

export interface Address {
  index: number;
  local: string;
  prefix: number;
  /** Other end of a point-to-point address. */
  peer?: string;
  /** The kernel makes no route to the subnet by itself. */
  noPrefixRoute?: true;
}

export function encodeAddress(address: Address): Uint8Array {
  const local = ipv4Bytes(address.local);
  const w = new Writer().u8(AF_INET).u8(address.prefix).u8(0).u8(0).u32(address.index);
  w.attrBytes(IFA.LOCAL, local).attrBytes(IFA.ADDRESS, address.peer ? ipv4Bytes(address.peer) : local);
  if (address.peer === undefined && address.prefix < 31) {
    w.attrBytes(IFA.BROADCAST, broadcast(local, address.prefix));
  }
  if (address.noPrefixRoute) w.attrU32(IFA.FLAGS, IFA_F_NOPREFIXROUTE);
  return w.finish();
}

export function decodeAddress(payload: Uint8Array): Address | undefined {
  if (payload.length < 8) throw new CodecError(`address message of ${payload.length} bytes`);
  if (payload[0] !== AF_INET) return undefined;
  const attrs = new Attrs(payload.subarray(8));
  const far = attrs.ipv4(IFA.ADDRESS);
  const local = attrs.ipv4(IFA.LOCAL) ?? far;
  if (local === undefined) return undefined;
  const address: Address = { index: u32At(payload, 4), local, prefix: payload[1] ?? 0 };
  if (far !== undefined && far !== local) address.peer = far;
  if ((attrs.u32(IFA.FLAGS) ?? 0) & IFA_F_NOPREFIXROUTE) address.noPrefixRoute = true;
  return address;
}

function broadcast(local: Uint8Array, prefix: number): Uint8Array {
  return local.map((byte, i) => byte | (0xff >> Math.min(8, Math.max(0, prefix - 8 * i))));
}
