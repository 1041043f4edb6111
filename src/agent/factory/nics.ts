// SPDX-License-Identifier: MIT
/**
 * Pairs of ports that a cable connects: raw frames from each to the other. A packet socket sends by the device itself, so that
 * the kernel makes no short cut between two addresses of one board.
 */
import type { Kernel } from '../kernel.ts';
import { macOf } from '../mac-address.ts';
import { IFF_UP } from '../netlink/rtnl/link.ts';
import type { Files } from '../ports.ts';
import { sleep } from '../sleep.ts';
import { type Measurements, type PhaseInput, wholeNumber } from './board-phase.ts';

const NET = '/sys/class/net';
/** IEEE 802: for experiments, and nobody else's. */
const ETHERTYPE = [0x88, 0xb5];
const HEADER = 14;
/** Bytes without the checksum: the shortest, one in between, the longest. */
const LENGTHS = [60, 590, 1514];
/** Frames that the receiver's queue has room for. */
const BURST = 8;
/** Milliseconds until a link is up, and until the last frame is there. */
const LINK = 8_000;
const LAST = 500;
const LOOK = 100;

interface Port {
  readonly name: string;
  readonly index: number;
  readonly mac: readonly number[];
}

/** `pairs`: as in eth0-eth1,eth2-eth3. `frames`: from each end. */
export async function nics(input: PhaseInput): Promise<Measurements> {
  const { ports, kernel, parameters } = input;
  const { files, clock } = ports;
  const frames = wholeNumber(input, 'frames', 1000);
  const pairs = pairsIn(parameters.get('pairs') ?? '').map((names) =>
    names.map((name) => portOf(files, kernel, name)),
  );
  const all = pairs.flat();
  for (const { index } of all)
    if (kernel.links().some((link) => link.index === index && (link.flags & IFF_UP) === 0))
      kernel.changeLink({ index, up: true });
  const number = (port: Port, what: string) => Number(attribute(files, port.name, what) ?? 0);
  const linked = () => all.filter((port) => number(port, 'carrier') === 1);
  const end = clock.monotonic() + LINK;
  while (linked().length < all.length && clock.monotonic() < end) await sleep(clock, LOOK);
  const links = linked().length;
  if (links < all.length) return { ports: all.length, links };
  const errors = () => all.reduce((sum, port) => sum + number(port, 'statistics/rx_errors'), 0);
  const before = errors();
  let [sent, intact, changed] = [0, 0, 0];
  for (const [one, other] of pairs) {
    if (one === undefined || other === undefined) continue;
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const seen = await exchange(input, from, to, frames);
      sent += frames;
      intact += seen.intact;
      changed += seen.changed;
    }
  }
  return {
    ...{ ports: all.length, links, slowest: Math.min(...all.map((port) => number(port, 'speed'))) },
    ...{ sent, lost: sent - intact - changed, changed, receive_errors: errors() - before },
  };
}

async function exchange({ ports: { sockets, clock } }: PhaseInput, from: Port, to: Port, frames: number) {
  const seen = new Set<number>();
  let changed = 0;
  const receiver = sockets.frames(to.index, (frame) => {
    if (!isOurs(frame, from.mac)) return;
    const number = numberOf(frame);
    if (number < frames && !seen.has(number) && isSame(frame, frameOf(number, from, to))) seen.add(number);
    else changed++;
  });
  const sender = sockets.frames(from.index, () => {});
  try {
    for (let number = 0; number < frames; number++) {
      sender.send(frameOf(number, from, to));
      if (number % BURST === BURST - 1) await sleep(clock, 1);
    }
    await sleep(clock, LAST);
  } finally {
    sender.close();
    receiver.close();
  }
  return { intact: seen.size, changed };
}

export function frameOf(number: number, from: Pick<Port, 'mac'>, to: Pick<Port, 'mac'>): Uint8Array {
  const frame = new Uint8Array(LENGTHS[number % LENGTHS.length] ?? 0);
  frame.set([...to.mac, ...from.mac, ...ETHERTYPE]);
  new DataView(frame.buffer).setUint32(HEADER, number);
  for (let at = HEADER + 4; at < frame.length; at++) frame[at] = (number + at) & 255;
  return frame;
}

function numberOf(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(HEADER);
}

/** By its sender and type: other frames come by, too. */
function isOurs(frame: Uint8Array, sender: readonly number[]): boolean {
  const head = [...sender, ...ETHERTYPE];
  return frame.length >= HEADER + 4 && head.every((byte, index) => frame[6 + index] === byte);
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

function pairsIn(text: string): string[][] {
  const pairs = text.split(',').map((pair) => pair.split('-'));
  if (
    !pairs.every(
      (pair) => pair.length === 2 && pair.every((name) => /^\w+$/.test(name)) && pair[0] !== pair[1],
    )
  )
    throw new Error(`pairs is "${text}"; it must be pairs of ports, as in eth0-eth1`);
  return pairs;
}

function portOf(files: Files, kernel: Kernel, name: string): Port {
  const link = kernel.links().find((one) => one.name === name);
  const mac = macOf(files, name);
  if (link === undefined || mac === undefined) throw new Error(`the board has no port ${name}`);
  return { name, index: link.index, mac };
}

/** The kernel refuses to read some of them while a device is down. */
function attribute(files: Files, device: string, name: string): string | undefined {
  try {
    return files.read(`${NET}/${device}/${name}`)?.trim();
  } catch {
    return undefined;
  }
}
