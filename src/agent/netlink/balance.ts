// SPDX-License-Identifier: MIT
/** The generic netlink family `plait_balance` (src/kmod/uapi/plait_balance.h is the manual): bytes and typed messages. */
import { STRATEGIES, type Strategy } from '../../appliance/schema.ts';
import { Attrs, ipv4Bytes, ipv4Text, u32At, type Writer } from './bytes.ts';
import { decodeGenl, encodeGenl } from './genl.ts';
import { parsePrefix } from './rtnl/ipv4.ts';

export const BALANCE_FAMILY = 'plait_balance';
const VERSION = 1;
const CMD = { GET: 1, CONFIG_SET: 2, CONFIG_CLEAR: 5, FAST_SET: 7 } as const;
const A = {
  STRATEGY: 2,
  MASK: 3,
  DEAD_SESSIONS: 4,
  LOCAL: 5,
  INPUTS: 6,
  INPUT: 7,
  EXCLUDES: 8,
  EXCLUDE: 9,
  UPLINKS: 10,
  UPLINK: 11,
  FAST_DEVICES: 13,
  FAST_DEVICE: 14,
  FAST_DROP_MARK: 15,
  FAST_DROP_MASK: 16,
} as const;
const EXCLUDE = { ADDRESS: 1, LENGTH: 2 } as const;
const UPLINK = {
  IFINDEX: 2,
  MARK: 4,
  WEIGHT: 5,
  RATE_UP: 6,
  RATE_DOWN: 7,
  ALIVE: 8,
  NAT: 9,
  LIVE: 10,
  SESSIONS: 11,
  ASSIGNED: 12,
  MOVED: 13,
  ENDED: 14,
  TX_PACKETS: 15,
  TX_BYTES: 16,
  RX_PACKETS: 17,
  RX_BYTES: 18,
  TX_RATE_1S: 19,
  TX_RATE_8S: 20,
  RX_RATE_1S: 21,
  RX_RATE_8S: 22,
  UNUSED_UP: 23,
  UNUSED_DOWN: 24,
  TCP_SEGMENTS: 25,
  TCP_RETRANSMITTED: 26,
  TCP_RETRANSMISSION_RATE: 27,
} as const;
/** For the check against the specification, src/kmod/uapi/plait_balance.yaml. */
export const BALANCE_COMMANDS = CMD;
export const BALANCE_ATTRIBUTES = { balance: A, exclude: EXCLUDE, uplink: UPLINK };
/** In the order of enum plait_balance_dead_sessions. */
const DEAD_SESSIONS = ['move', 'end'] as const;

/** Settings of the module in one network namespace; devices by index, rates in bit/s with 0 for unknown. */
export interface BalanceSettings<U = BalanceUplinkSettings> {
  strategy: Strategy;
  mask: number;
  deadSessions: (typeof DEAD_SESSIONS)[number];
  local: boolean;
  /** Absent: all devices but the uplinks. */
  inputs?: readonly number[];
  /** IPv4 networks. */
  excludes: readonly string[];
  uplinks: readonly U[];
}

export interface BalanceUplinkSettings {
  index: number;
  mark: number;
  weight: number;
  rateUp: number;
  rateDown: number;
  alive: boolean;
  nat: boolean;
}

/** What the module has counted and estimated of an uplink; rates in bit/s of IP packets. */
export interface BalanceFigures {
  /** Alive, up, with carrier. */
  live: boolean;
  /** Connections on it now. */
  sessions: number;
  /** Sessions given to it at their beginning, moved to it from a dead uplink, and ended since it was dead itself. */
  assigned: number;
  moved: number;
  ended: number;
  txPackets: number;
  txBytes: number;
  rxPackets: number;
  rxBytes: number;
  /** Of the last second, and on the average of eight. */
  txRate: number;
  txRateAverage: number;
  rxRate: number;
  rxRateAverage: number;
  /** Absent while the uplink's rate is unknown. */
  unusedUp?: number;
  unusedDown?: number;
  tcpSegments: number;
  tcpRetransmitted: number;
  /** Part of the segments that were retransmitted lately, 0 to 1. */
  retransmissionRate: number;
}

export type BalanceState = BalanceSettings<BalanceUplinkSettings & BalanceFigures>;

/** Between which devices, by index, packets take the fast path; with none, no packet does. */
export interface FastPathSettings {
  devices: readonly number[];
  /** Packets with these bits in their mark are dropped there. */
  dropMark: number;
}

export function encodeFastPathSet({ devices, dropMark }: FastPathSettings): Uint8Array {
  return encodeGenl(CMD.FAST_SET, VERSION, (w) => {
    w.nest(A.FAST_DEVICES, (list) => {
      for (const index of devices) list.attrU32(A.FAST_DEVICE, index);
    });
    w.attrU32(A.FAST_DROP_MARK, dropMark).attrU32(A.FAST_DROP_MASK, dropMark);
  });
}

/** Undefined: no packet takes the fast path. */
export function decodeFastPath(payload: Uint8Array): FastPathSettings | undefined {
  const { command, attrs } = decodeGenl(payload);
  const devices = attrs.nest(A.FAST_DEVICES);
  if (command !== CMD.GET || devices === undefined) return undefined;
  const indexes = entries(devices, A.FAST_DEVICE).map((data) => u32At(data, 0));
  return { devices: indexes, dropMark: attrs.u32(A.FAST_DROP_MARK) ?? 0 };
}

export function encodeBalanceGet(): Uint8Array {
  return encodeGenl(CMD.GET, VERSION);
}

export function encodeBalanceClear(): Uint8Array {
  return encodeGenl(CMD.CONFIG_CLEAR, VERSION);
}

export function encodeBalanceSet(settings: BalanceSettings): Uint8Array {
  return encodeGenl(CMD.CONFIG_SET, VERSION, (w) => {
    w.attrString(A.STRATEGY, settings.strategy)
      .attrU32(A.MASK, settings.mask)
      .attrU32(A.DEAD_SESSIONS, DEAD_SESSIONS.indexOf(settings.deadSessions))
      .attrU8(A.LOCAL, Number(settings.local));
    const { inputs, excludes, uplinks } = settings;
    if (inputs !== undefined) {
      w.nest(A.INPUTS, (list) => {
        for (const index of inputs) list.attrU32(A.INPUT, index);
      });
    }
    if (excludes.length > 0) {
      w.nest(A.EXCLUDES, (list) => {
        for (const network of excludes) writeExclude(list, network);
      });
    }
    w.nest(A.UPLINKS, (list) => {
      for (const uplink of uplinks) writeUplink(list, uplink);
    });
  });
}

function writeExclude(w: Writer, network: string): void {
  const { address, prefix } = parsePrefix(network);
  w.nest(A.EXCLUDE, (v) => {
    v.attrBytes(EXCLUDE.ADDRESS, ipv4Bytes(address)).attrU8(EXCLUDE.LENGTH, prefix);
  });
}

function writeUplink(w: Writer, uplink: BalanceUplinkSettings): void {
  w.nest(A.UPLINK, (v) => {
    v.attrU32(UPLINK.IFINDEX, uplink.index)
      .attrU32(UPLINK.MARK, uplink.mark)
      .attrU32(UPLINK.WEIGHT, uplink.weight)
      .attr(UPLINK.RATE_UP, (x) => x.u64(uplink.rateUp))
      .attr(UPLINK.RATE_DOWN, (x) => x.u64(uplink.rateDown))
      .attrU8(UPLINK.ALIVE, Number(uplink.alive))
      .attrU8(UPLINK.NAT, Number(uplink.nat));
  });
}

/** Undefined: nothing is balanced. */
export function decodeBalance(payload: Uint8Array): BalanceState | undefined {
  const { command, attrs } = decodeGenl(payload);
  const strategy = STRATEGIES.find((name) => name === attrs.string(A.STRATEGY));
  const mask = attrs.u32(A.MASK);
  if (command !== CMD.GET || strategy === undefined || mask === undefined) return undefined;
  const inputs = attrs.nest(A.INPUTS);
  return {
    strategy,
    mask,
    deadSessions: DEAD_SESSIONS[attrs.u32(A.DEAD_SESSIONS) ?? 0] ?? 'move',
    local: attrs.u8(A.LOCAL) === 1,
    ...(inputs === undefined ? {} : { inputs: entries(inputs, A.INPUT).map((data) => u32At(data, 0)) }),
    excludes: entries(attrs.nest(A.EXCLUDES), A.EXCLUDE).flatMap(readExclude),
    uplinks: entries(attrs.nest(A.UPLINKS), A.UPLINK).map(readUplink),
  };
}

function entries(list: Attrs | undefined, type: number): Uint8Array[] {
  return (list?.list ?? []).filter((attr) => attr.type === type).map(({ data }) => data);
}

/** IPv4 only, as the plan is: others are none of ours. */
function readExclude(data: Uint8Array): string[] {
  const exclude = new Attrs(data);
  const address = exclude.bytes(EXCLUDE.ADDRESS);
  return address?.length === 4 ? [`${ipv4Text(address)}/${exclude.u8(EXCLUDE.LENGTH) ?? 32}`] : [];
}

function readUplink(data: Uint8Array): BalanceUplinkSettings & BalanceFigures {
  const uplink = new Attrs(data);
  const u32 = (type: number) => uplink.u32(type) ?? 0;
  const u64 = (type: number) => uplink.u64(type) ?? 0;
  const flag = (type: number) => uplink.u8(type) === 1;
  const unusedUp = uplink.u64(UPLINK.UNUSED_UP);
  const unusedDown = uplink.u64(UPLINK.UNUSED_DOWN);
  return {
    index: u32(UPLINK.IFINDEX),
    mark: u32(UPLINK.MARK),
    weight: u32(UPLINK.WEIGHT),
    rateUp: u64(UPLINK.RATE_UP),
    rateDown: u64(UPLINK.RATE_DOWN),
    alive: flag(UPLINK.ALIVE),
    nat: flag(UPLINK.NAT),
    live: flag(UPLINK.LIVE),
    sessions: u32(UPLINK.SESSIONS),
    assigned: u64(UPLINK.ASSIGNED),
    moved: u64(UPLINK.MOVED),
    ended: u64(UPLINK.ENDED),
    txPackets: u64(UPLINK.TX_PACKETS),
    txBytes: u64(UPLINK.TX_BYTES),
    rxPackets: u64(UPLINK.RX_PACKETS),
    rxBytes: u64(UPLINK.RX_BYTES),
    txRate: u64(UPLINK.TX_RATE_1S),
    txRateAverage: u64(UPLINK.TX_RATE_8S),
    rxRate: u64(UPLINK.RX_RATE_1S),
    rxRateAverage: u64(UPLINK.RX_RATE_8S),
    ...(unusedUp === undefined ? {} : { unusedUp }),
    ...(unusedDown === undefined ? {} : { unusedDown }),
    tcpSegments: u64(UPLINK.TCP_SEGMENTS),
    tcpRetransmitted: u64(UPLINK.TCP_RETRANSMITTED),
    retransmissionRate: u32(UPLINK.TCP_RETRANSMISSION_RATE) / 10_000,
  };
}
