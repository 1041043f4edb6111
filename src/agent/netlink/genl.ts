// SPDX-License-Identifier: MIT
/**
 * Generic netlink messages: their framing, the controller (family numbers by name) and `fou` (linux/fou.h). Pure
 * functions between bytes and typed messages.
 */
import { Attrs, CodecError, Writer } from './bytes.ts';

export const GENL_ID_CTRL = 16;

/** A generic netlink payload: its command and attributes. */
export function encodeGenl(command: number, version: number, fill?: (writer: Writer) => void): Uint8Array {
  const w = new Writer().u8(command).u8(version).u16(0);
  fill?.(w);
  return w.finish();
}

export function decodeGenl(payload: Uint8Array): { command: number; attrs: Attrs } {
  if (payload.length < 4) throw new CodecError(`generic netlink message of ${payload.length} bytes`);
  return { command: payload[0] ?? 0, attrs: new Attrs(payload.subarray(4)) };
}

const CTRL_CMD_GETFAMILY = 3;
const CTRL = { FAMILY_ID: 1, FAMILY_NAME: 2, MCAST_GROUPS: 7 } as const;
const GRP = { NAME: 1, ID: 2 } as const;

export interface Family {
  id: number;
  name: string;
  /** Multicast groups by name. */
  groups: Record<string, number>;
}

export function encodeGetFamily(name: string): Uint8Array {
  return encodeGenl(CTRL_CMD_GETFAMILY, 1, (w) => w.attrString(CTRL.FAMILY_NAME, name));
}

export function decodeFamily(payload: Uint8Array): Family | undefined {
  const { attrs } = decodeGenl(payload);
  const id = attrs.u16(CTRL.FAMILY_ID);
  const name = attrs.string(CTRL.FAMILY_NAME);
  if (id === undefined || name === undefined) return undefined;
  const groups: Record<string, number> = {};
  for (const { data } of attrs.nest(CTRL.MCAST_GROUPS)?.list ?? []) {
    const group = new Attrs(data);
    const groupName = group.string(GRP.NAME);
    const groupId = group.u32(GRP.ID);
    if (groupName !== undefined && groupId !== undefined) groups[groupName] = groupId;
  }
  return { id, name, groups };
}

export const FOU_CMD_ADD = 1;
export const FOU_CMD_DEL = 2;
export const FOU_CMD_GET = 3;
const FOU = { PORT: 1, AF: 2, IPPROTO: 3, TYPE: 4 } as const;
const FOU_ENCAP_DIRECT = 1;
const AF_INET = 2;
const IPPROTO_IPIP = 4;

/** `ADD` or `DEL` of a UDP port whose payload is IP in IP. */
export function encodeFouPort(command: number, port: number): Uint8Array {
  return encodeGenl(command, 1, (w) => {
    w.attrBe16(FOU.PORT, port).attrU8(FOU.AF, AF_INET);
    if (command === FOU_CMD_ADD) w.attrU8(FOU.IPPROTO, IPPROTO_IPIP).attrU8(FOU.TYPE, FOU_ENCAP_DIRECT);
  });
}

/** The port of a `GET` answer; undefined when it does not carry IP in IP over IPv4. */
export function decodeFouPort(payload: Uint8Array): number | undefined {
  const { attrs } = decodeGenl(payload);
  if (attrs.u8(FOU.AF) !== AF_INET || attrs.u8(FOU.IPPROTO) !== IPPROTO_IPIP) return undefined;
  return attrs.be16(FOU.PORT);
}
