// SPDX-License-Identifier: MIT
import type { Packet, TcpSegment } from './pcap.ts';

/** One direction of a TCP connection, from the packets that were seen of it at one place. */
export interface FlowMeasures {
  readonly flow: string;
  /** Payload without what was seen twice. */
  readonly bytes: number;
  /** From the first payload to the last, in seconds. */
  readonly seconds: number;
  /** The longest time in which the stream did not grow at its gapless front, in seconds; `after` is when it began. */
  readonly stall: { readonly seconds: number; readonly after: number };
  /** Segments with payload. */
  readonly segments: number;
  /** Segments that came after one with a higher sequence number, and were new. */
  readonly reordered: number;
  /** Segments whose payload had been seen before, whole. */
  readonly repeated: number;
  /** When the gapless front grew, and to how many bytes. */
  readonly growth: readonly { readonly time: number; readonly bytes: number }[];
}

/** The direction that carried most payload. Throws when there is no TCP payload at all. */
export function measureFlow(packets: readonly Packet[]): FlowMeasures {
  const flows = new Map<string, { time: number; tcp: TcpSegment }[]>();
  const carried = new Map<string, number>();
  for (const { time, tcp } of packets) {
    if (!tcp || tcp.payload <= 0) continue;
    const list = flows.get(tcp.flow) ?? [];
    list.push({ time, tcp });
    flows.set(tcp.flow, list);
    carried.set(tcp.flow, (carried.get(tcp.flow) ?? 0) + tcp.payload);
  }
  const [most] = [...carried].sort(([, a], [, b]) => b - a);
  if (!most) throw new Error('no TCP payload was seen');
  return measure(most[0], flows.get(most[0]) ?? []);
}

function measure(flow: string, segments: readonly { time: number; tcp: TcpSegment }[]): FlowMeasures {
  const first = segments[0]?.tcp.sequence ?? 0;
  const ranges = new Ranges();
  const growth: { time: number; bytes: number }[] = [];
  let [highest, reordered, repeated] = [0, 0, 0];
  for (const { time, tcp } of segments) {
    const from = distance(first, tcp.sequence);
    const to = from + tcp.payload;
    const before = ranges.front;
    if (!ranges.add(from, to)) repeated++;
    else if (to < highest) reordered++;
    highest = Math.max(highest, to);
    if (ranges.front > before) growth.push({ time, bytes: ranges.front });
  }
  const begin = growth[0]?.time ?? 0;
  const end = growth.at(-1)?.time ?? 0;
  return {
    flow,
    bytes: ranges.total,
    seconds: end - begin,
    stall: longestStall(growth),
    segments: segments.length,
    reordered,
    repeated,
    growth,
  };
}

function longestStall(growth: readonly { readonly time: number }[]): FlowMeasures['stall'] {
  let longest = { seconds: 0, after: growth[0]?.time ?? 0 };
  for (const [index, { time }] of growth.entries()) {
    const before = growth[index - 1]?.time ?? time;
    if (time - before > longest.seconds) longest = { seconds: time - before, after: before };
  }
  return longest;
}

/** From one sequence number to another that is less than 2 GiB away; they wrap around at 4 GiB. */
function distance(from: number, to: number): number {
  return (to - from) | 0;
}

/** Stretches of the stream that were seen, sorted and apart. */
class Ranges {
  /** End of the stretch that begins at the start of the stream. */
  front = 0;
  /** Bytes in all stretches. */
  total = 0;
  private readonly later: [from: number, to: number][] = [];

  /** Adds a stretch; false when all of it was there. */
  add(from: number, to: number): boolean {
    const before = this.total;
    let [start, end] = [Math.max(from, this.front), to];
    if (end <= start) return false;
    let at = 0;
    while (at < this.later.length && (this.later[at] as [number, number])[1] < start) at++;
    let known = 0;
    let count = 0;
    for (let i = at; i < this.later.length; i++) {
      const [a, b] = this.later[i] as [number, number];
      if (a > end) break;
      known += b - a;
      count++;
      start = Math.min(start, a);
      end = Math.max(end, b);
    }
    this.later.splice(at, count, [start, end]);
    this.total += end - start - known;
    const first = this.later[0];
    if (first && first[0] <= this.front) {
      this.front = first[1];
      this.later.shift();
    }
    return this.total > before;
  }
}
