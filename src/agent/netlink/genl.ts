// SPDX-License-Identifier: MIT
/**
 * Generic netlink messages: the controller (family numbers by name), `fou` (linux/fou.h) and `plait`
 * (src/kmod/uapi/plait.h is the manual). Pure functions between bytes and typed messages.
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

export const PLAIT_FAMILY = 'plait';
export const PLAIT_EVENTS = 'events';
export const PLAIT_CMD_LINK_GET = 1;
export const PLAIT_CMD_LEG_SET = 2;
export const PLAIT_CMD_LEG_EVENT = 3;
const PLAIT_VERSION_NUMBER = 1;
const PLAIT = { IFINDEX: 2, IFNAME: 3, SCHEDULER: 4, LEGS: 5, LEG: 6, EVENT: 7 } as const;
const LEG = {
  IFINDEX: 2,
  IFNAME: 3,
  WEIGHT: 4,
  ENABLED: 5,
  LIVE: 6,
  TX_PACKETS: 7,
  TX_BYTES: 8,
  TX_DROPPED: 9,
  RX_PACKETS: 10,
  RX_BYTES: 11,
} as const;
const EVENTS = { 1: 'joined', 2: 'left', 3: 'live', 4: 'dead' } as const;

export interface PlaitLeg {
  index: number;
  name: string;
  weight: number;
  enabled: boolean;
  live: boolean;
  txPackets: number;
  txBytes: number;
  txDropped: number;
  rxPackets: number;
  rxBytes: number;
}

export interface PlaitLink {
  index: number;
  name: string;
  scheduler: string;
  legs: PlaitLeg[];
}

export interface LegChange {
  index: number;
  weight?: number;
  enabled?: boolean;
}

export interface LegEvent {
  what: 'joined' | 'left' | 'live' | 'dead';
  link: number;
  linkName: string;
  leg: PlaitLeg;
}

export function encodePlaitGet(index?: number): Uint8Array {
  return encodeGenl(PLAIT_CMD_LINK_GET, PLAIT_VERSION_NUMBER, (w) => {
    if (index !== undefined) w.attrU32(PLAIT.IFINDEX, index);
  });
}

export function encodeLegSet(link: number, legs: readonly LegChange[]): Uint8Array {
  return encodeGenl(PLAIT_CMD_LEG_SET, PLAIT_VERSION_NUMBER, (w) => {
    w.attrU32(PLAIT.IFINDEX, link).nest(PLAIT.LEGS, (list) => {
      for (const leg of legs) {
        list.nest(PLAIT.LEG, (v) => {
          v.attrU32(LEG.IFINDEX, leg.index);
          if (leg.weight !== undefined) v.attrU32(LEG.WEIGHT, leg.weight);
          if (leg.enabled !== undefined) v.attrU8(LEG.ENABLED, leg.enabled ? 1 : 0);
        });
      }
    });
  });
}

export function decodePlaitLink(payload: Uint8Array): PlaitLink | undefined {
  const { command, attrs } = decodeGenl(payload);
  const index = attrs.u32(PLAIT.IFINDEX);
  if (command !== PLAIT_CMD_LINK_GET || index === undefined) return undefined;
  return {
    index,
    name: attrs.string(PLAIT.IFNAME) ?? '',
    scheduler: attrs.string(PLAIT.SCHEDULER) ?? '',
    legs: decodeLegs(attrs),
  };
}

export function decodeLegEvent(payload: Uint8Array): LegEvent | undefined {
  const { command, attrs } = decodeGenl(payload);
  if (command !== PLAIT_CMD_LEG_EVENT) return undefined;
  const what = EVENTS[(attrs.u32(PLAIT.EVENT) ?? 0) as keyof typeof EVENTS];
  const link = attrs.u32(PLAIT.IFINDEX);
  const leg = decodeLegs(attrs)[0];
  if (what === undefined || link === undefined || leg === undefined) return undefined;
  return { what, link, linkName: attrs.string(PLAIT.IFNAME) ?? '', leg };
}

function decodeLegs(attrs: Attrs): PlaitLeg[] {
  const legs = attrs.nest(PLAIT.LEGS)?.list.filter(({ type }) => type === PLAIT.LEG) ?? [];
  return legs.map(({ data }) => {
    const leg = new Attrs(data);
    return {
      index: leg.u32(LEG.IFINDEX) ?? 0,
      name: leg.string(LEG.IFNAME) ?? '',
      weight: leg.u32(LEG.WEIGHT) ?? 1,
      enabled: leg.u8(LEG.ENABLED) === 1,
      live: leg.u8(LEG.LIVE) === 1,
      txPackets: leg.u64(LEG.TX_PACKETS) ?? 0,
      txBytes: leg.u64(LEG.TX_BYTES) ?? 0,
      txDropped: leg.u64(LEG.TX_DROPPED) ?? 0,
      rxPackets: leg.u64(LEG.RX_PACKETS) ?? 0,
      rxBytes: leg.u64(LEG.RX_BYTES) ?? 0,
    };
  });
}
