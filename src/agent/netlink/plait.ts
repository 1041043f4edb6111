// SPDX-License-Identifier: MIT
/** The generic netlink family `plait` (src/kmod/uapi/plait.h is the manual): bytes and typed messages. */
import { Attrs } from './bytes.ts';
import { decodeGenl, encodeGenl } from './genl.ts';

export const PLAIT_FAMILY = 'plait';
export const PLAIT_EVENTS = 'events';
export const PLAIT_CMD_LINK_GET = 1;
export const PLAIT_CMD_LEG_SET = 2;
export const PLAIT_CMD_LEG_EVENT = 3;
export const PLAIT_VERSION_NUMBER = 1;
const PLAIT = {
  IFINDEX: 2,
  IFNAME: 3,
  SCHEDULER: 4,
  LEGS: 5,
  LEG: 6,
  EVENT: 7,
  MARK_MASK: 8,
  RULES: 9,
  RULE: 10,
} as const;
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
  RATE: 12,
  ESTIMATED_RATE: 13,
  DELAY: 14,
  IN_FLIGHT: 15,
  SUSPECT: 16,
  PRIORITY: 17,
} as const;
const RULE = {
  MARK: 2,
  LEGS: 3,
  LEG: 4,
  ELSE: 5,
  ORDER: 6,
  COPIES: 7,
  PACKETS: 8,
  ELSEWHERE: 9,
  COPIED: 10,
  DROPPED: 11,
} as const;
/** As the specification has them, src/kmod/uapi/plait.yaml. */
export const PLAIT_COMMANDS = {
  LINK_GET: PLAIT_CMD_LINK_GET,
  LEG_SET: PLAIT_CMD_LEG_SET,
  LEG_EVENT: PLAIT_CMD_LEG_EVENT,
  RULES_SET: 4,
  RULES_GET: 5,
} as const;
export const PLAIT_ATTRIBUTES = { link: PLAIT, leg: LEG, rule: RULE } as const;
const EVENTS = { 1: 'joined', 2: 'left', 3: 'live', 4: 'dead' } as const;

/** Since the leg joined; bytes without what the leg puts around a packet. */
export interface LegCounters {
  txPackets: number;
  txBytes: number;
  txDropped: number;
  rxPackets: number;
  rxBytes: number;
}

export interface PlaitLeg extends LegCounters {
  /** 0: it is no network device, but a leg of UDP (plait-udp.ts). */
  index: number;
  /** Of the link it is the only one with this name. */
  name: string;
  weight: number;
  enabled: boolean;
  live: boolean;
  /** Bit/s of IP packets; 0: to be found out by the scheduler. */
  rate: number;
  /** With scheduler `backup`: legs of the lowest number that has a live one are used. */
  priority: number;
  /** Absent with schedulers that find out nothing. */
  estimates?: LegEstimates;
}

/** What the scheduler has found out about a leg. */
export interface LegEstimates {
  /** Bit/s of IP packets; absent while unknown. */
  rate?: number;
  /** Shortest round trip seen lately, in ms; absent while unknown. */
  delayMs?: number;
  /** Bytes sent and not known to have arrived. */
  inFlight: number;
  /** It swallows packets: it carries copies only, until one arrives. */
  suspect: boolean;
}

export interface PlaitLink {
  index: number;
  name: string;
  scheduler: string;
  legs: PlaitLeg[];
}

export interface LegChange {
  /** The device; of a leg that is none, its name. */
  leg: number | string;
  weight?: number;
  enabled?: boolean;
  rate?: number;
  priority?: number;
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
          if (typeof leg.leg === 'number') v.attrU32(LEG.IFINDEX, leg.leg);
          else v.attrString(LEG.IFNAME, leg.leg);
          if (leg.weight !== undefined) v.attrU32(LEG.WEIGHT, leg.weight);
          if (leg.enabled !== undefined) v.attrU8(LEG.ENABLED, leg.enabled ? 1 : 0);
          const { rate } = leg;
          if (rate !== undefined) v.attr(LEG.RATE, (x) => x.u64(rate));
          if (leg.priority !== undefined) v.attrU32(LEG.PRIORITY, leg.priority);
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
      rate: leg.u64(LEG.RATE) ?? 0,
      priority: leg.u32(LEG.PRIORITY) ?? 0,
      ...estimatesOf(leg),
      txPackets: leg.u64(LEG.TX_PACKETS) ?? 0,
      txBytes: leg.u64(LEG.TX_BYTES) ?? 0,
      txDropped: leg.u64(LEG.TX_DROPPED) ?? 0,
      rxPackets: leg.u64(LEG.RX_PACKETS) ?? 0,
      rxBytes: leg.u64(LEG.RX_BYTES) ?? 0,
    };
  });
}

function estimatesOf(leg: Attrs): { estimates?: LegEstimates } {
  const inFlight = leg.u32(LEG.IN_FLIGHT);
  const rate = leg.u64(LEG.ESTIMATED_RATE);
  const delay = leg.u32(LEG.DELAY);
  if (inFlight === undefined) return {};
  return {
    estimates: {
      ...(rate === undefined ? {} : { rate }),
      ...(delay === undefined ? {} : { delayMs: delay / 1000 }),
      inFlight,
      suspect: leg.u8(LEG.SUSPECT) === 1,
    },
  };
}
