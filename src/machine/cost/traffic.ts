// SPDX-License-Identifier: MIT
/** What a load consists of: the packets of several flows in turn, and what their far ends answer. */
import {
  type Flow,
  type Forwarded,
  type Macs,
  makeFrame,
  numberFrame,
  numberOf,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from './frames.ts';
import { acknowledgement, makeSegment, payloadOf, readSequence, setSequence } from './segments.ts';

export interface Traffic {
  /** IP protocol of all packets. */
  readonly protocol: number;
  /** The frame with packet `number`, counted from 0. It is good until the next call. */
  frame(number: number): Buffer;
  /** Which packet it is that left the board; below 0 when it is of none of the flows. */
  numberOf(packet: Buffer): number;
  /** A frame that the far end sends back for a packet, if any. */
  answer?(packet: Forwarded): Buffer | undefined;
}

/**
 * UDP packets of `length` bytes, which carry their numbers counted from `first`: as many as were sent before, so that what
 * an earlier load left in the board is told from what belongs to this one.
 */
export function datagrams(flows: readonly Flow[], length: number, macs: Macs, first: number): Traffic {
  const frames = flows.map((flow) => makeFrame(flow, length, macs));
  return {
    protocol: PROTOCOL_UDP,
    frame(number) {
      const frame = frames[number % frames.length] as Buffer;
      numberFrame(frame, first + number);
      return frame;
    },
    numberOf: (packet) => numberOf(packet) - first,
  };
}

/** What the far ends of TCP connections need to answer. */
export interface Answering {
  /** Of what they send to the board. */
  readonly macs: Macs;
  /** The board's end of all tunnels. */
  readonly board: string;
}

/**
 * TCP segments of `length` bytes. The far ends acknowledge every second one, by the tunnel that it came by. They take all
 * that they see for complete, so a segment that gets lost is never sent again.
 */
export function segments(
  flows: readonly Flow[],
  length: number,
  macs: Macs,
  { macs: back, board }: Answering,
): Traffic {
  const frames = flows.map((flow) => makeSegment(flow, length, macs));
  const payload = payloadOf(length);
  const byPort = new Map(flows.map(({ fromPort }, index) => [fromPort, index]));
  return {
    protocol: PROTOCOL_TCP,
    frame(number) {
      const frame = frames[number % frames.length] as Buffer;
      setSequence(frame, Math.floor(number / frames.length) * payload);
      return frame;
    },
    numberOf(packet) {
      const { fromPort, sequence } = readSequence(packet);
      const flow = byPort.get(fromPort);
      return flow === undefined ? -1 : (sequence / payload) * frames.length + flow;
    },
    answer({ packet, way }) {
      const { sequence } = readSequence(packet);
      return (sequence / payload) % 2 === 1 ? acknowledgement(packet, way, back, board) : undefined;
    },
  };
}
