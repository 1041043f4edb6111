// SPDX-License-Identifier: MIT
/** One of two legs of 8 Mbit/s is gone for ten seconds: what is measured then. */
import type { Figures } from '../experiment.ts';
import type { FlowMeasures } from '../measure/flow.ts';
import type { Packet } from '../measure/pcap.ts';
import type { Leg } from './legs.ts';

export const LEGS: readonly Leg[] = [
  { traits: '8mbit 10ms', weight: 1 },
  { traits: '8mbit 10ms', weight: 1 },
];

/** Seconds on the workload's clock. */
export const GONE = 5;
export const BACK = 15;
export const END = 25;
/** From here on the connection has had time to settle on one leg. */
const SETTLED = 7;

export const figures = {
  meanwhile: { unit: 'Mbit/s', digits: 2 },
  stall: { unit: 'ms' },
  again: { unit: 'ms until both are used' },
  vanished: { unit: 'segments sent by the leg that is gone', digits: 0 },
};

/** Seconds within which a change of the drawing has happened: a packet may leave at the very moment for which it is set. */
const TAKES_EFFECT = 0.001;

/** What is seen: on the links as they deliver, on the sending router's device of the leg that goes, and at the receiver. */
export interface Seen {
  readonly stays: readonly Packet[];
  readonly goes: readonly Packet[];
  readonly leaving: readonly Packet[];
  /** Absent where the packets of one connection come as several. */
  readonly flow?: FlowMeasures | undefined;
}

export function measureOutage({ stays, goes, leaving, flow }: Seen) {
  // What is encrypted shows no segments; probes are shorter.
  const returned = goes.find(({ time, length }) => time >= BACK && length > 1000);
  return {
    meanwhile: flow ? rateBetween(flow, SETTLED, BACK) : payloadBetween([...stays, ...goes], SETTLED, BACK),
    stall: flow && stallInOutage(flow),
    again: returned && (returned.time - BACK) * 1000,
    vanished: segmentsAfter(leaving, GONE + TAKES_EFFECT),
  };
}

/** What is wrong with what was reached while the leg was gone and after it came back; `limit`: of the one that stays. */
export function missedMeanwhile({ meanwhile = 0, again = Number.POSITIVE_INFINITY }: Figures, limit: number) {
  if (meanwhile < 0.95 * limit) return 'less than 95 % of one leg meanwhile';
  return again > 1000 ? 'more than 1 s until both legs are used again' : undefined;
}

/** Payload that arrived in order between two moments, in Mbit/s. */
function rateBetween({ growth }: FlowMeasures, from: number, to: number): number {
  const at = (time: number) => growth.findLast((step) => step.time <= time)?.bytes ?? 0;
  return ((at(to) - at(from)) * 8) / (to - from) / 1e6;
}

/** The longest time without progress that began in the outage or just before, in milliseconds. */
function stallInOutage({ growth }: FlowMeasures): number {
  const gaps = growth.map(({ time }, index) => ({ from: growth[index - 1]?.time ?? time, time }));
  const then = gaps.filter(({ from }) => from >= GONE - 0.1 && from < BACK);
  return Math.max(0, ...then.map(({ from, time }) => time - from)) * 1000;
}

/** Payload on links between two moments, in Mbit/s; what was sent again counts too. */
function payloadBetween(packets: readonly Packet[], from: number, to: number): number {
  const within = packets.filter(({ time }) => time >= from && time < to);
  return (within.reduce((sum, { tcp }) => sum + (tcp?.payload ?? 0), 0) * 8) / (to - from) / 1e6;
}

/** Segments with payload within the second after a moment. */
function segmentsAfter(packets: readonly Packet[], moment: number): number {
  return packets.filter(({ time, tcp }) => time > moment && time < moment + 1 && (tcp?.payload ?? 0) > 0)
    .length;
}
