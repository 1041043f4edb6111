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
/** Bytes that count on and on; a frame has a part of them. */
const COUNT = Uint8Array.from({ length: 256 + Math.max(...LENGTHS) }, (_, at) => at & 255);
/** Frames that are sent in one go, and those that the receiver's queue has room for. */
const BURST = 8;
const WINDOW = 32;
/** Milliseconds in which a frame has come, also where this CPU has other work; how often they are waited for in vain. */
const LATE = 2_000;
const PAUSE = 20;
const MOST_WAITS = 3;
/** Milliseconds until a link is up. */
const LINK = 8_000;
const LOOK = 100;
/** Milliseconds that a card which has just found its link may still throw frames away. */
const SETTLE = 1_500;

interface Port {
  readonly name: string;
  readonly index: number;
  readonly mac: readonly number[];
}

/** `pairs`: as in eth0-eth1,eth2-eth3. `frames`: from each end. */
export async function nics(input: PhaseInput): Promise<Measurements> {
  const frames = wholeNumber(input, 'frames', 1000);
  const cables = await findCables(input);
  const { ports, links } = cables;
  if (links < ports.length) return { ports: ports.length, links };
  const before = receiveErrors(input, cables);
  const { sent, lost, changed } = await exchangeAll(input, cables, frames);
  const slowest = Math.min(...ports.map((port) => numberOf(input, port, 'speed')));
  const receive_errors = receiveErrors(input, cables) - before;
  return { ports: ports.length, links, slowest, sent, lost, changed, receive_errors };
}

export interface Cables {
  readonly pairs: readonly (readonly [Port, Port])[];
  readonly ports: readonly Port[];
  /** Ports that have a link. */
  readonly links: number;
}

/** Switches the ports of the parameter `pairs` on, and waits for their links. */
export async function findCables(input: PhaseInput): Promise<Cables> {
  const { ports, kernel, parameters } = input;
  const { files, clock } = ports;
  const pairs = pairsIn(parameters.get('pairs') ?? '').map(
    ([one, other]) => [portOf(files, kernel, one), portOf(files, kernel, other)] as const,
  );
  const all = pairs.flat();
  const linked = () => all.filter((port) => numberOf(input, port, 'carrier') === 1);
  if (linked().length < all.length) {
    for (const { index } of all)
      if (kernel.links().some((link) => link.index === index && (link.flags & IFF_UP) === 0))
        kernel.changeLink({ index, up: true });
    const end = clock.monotonic() + LINK;
    while (linked().length < all.length && clock.monotonic() < end) await sleep(clock, LOOK);
    await sleep(clock, SETTLE);
  }
  return { pairs, ports: all, links: linked().length };
}

/** `frames` from each end of each cable to the other. */
export async function exchangeAll(
  input: PhaseInput,
  { pairs }: Cables,
  frames: number,
): Promise<{ sent: number; lost: number; changed: number }> {
  let [sent, intact, changed] = [0, 0, 0];
  for (const [one, other] of pairs) {
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
  return { sent, lost: sent - intact - changed, changed };
}

export function receiveErrors(input: PhaseInput, { ports }: Cables): number {
  return ports.reduce((sum, port) => sum + numberOf(input, port, 'statistics/rx_errors'), 0);
}

function numberOf({ ports: { files } }: PhaseInput, port: Port, what: string): number {
  return Number(attribute(files, port.name, what) ?? 0);
}

/**
 * The receiver's queue is read between other work of this process: who sends on while it is full loses frames that the cable has
 * carried. So no more are under way than it has room for; those that do not come in time are given up.
 */
async function exchange(input: PhaseInput, from: Port, to: Port, frames: number) {
  const { sockets, clock } = input.ports;
  const seen = new Set<number>();
  let changed = 0;
  const receiver = sockets.frames(to.index, (frame) => {
    if (!isOurs(frame, from.mac)) return;
    const number = numberIn(frame);
    if (number < frames && !seen.has(number) && isSame(frame, frameOf(number, from, to))) seen.add(number);
    else changed++;
  });
  const sender = sockets.frames(from.index, () => {});
  let [sent, givenUp, waits] = [0, 0, 0];
  const underWay = () => sent - givenUp - seen.size - changed;
  const wait = async (most: number) => {
    const end = clock.monotonic() + LATE;
    while (underWay() > most && clock.monotonic() < end) await sleep(clock, PAUSE);
    if (underWay() <= most) return;
    givenUp += underWay();
    waits++;
  };
  try {
    while (sent < frames) {
      sender.send(frameOf(sent++, from, to));
      if (sent % BURST !== 0) continue;
      await sleep(clock, 1);
      // A cable that loses all of them is known by then.
      if (underWay() > WINDOW - BURST && waits < MOST_WAITS) await wait(WINDOW - BURST);
    }
    await wait(0);
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
  const at = HEADER + 4;
  const begin = (number + at) & 255;
  frame.set(COUNT.subarray(begin, begin + frame.length - at), at);
  return frame;
}

function numberIn(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(HEADER);
}

/** By its sender and type: other frames come by, too. */
function isOurs(frame: Uint8Array, sender: readonly number[]): boolean {
  const head = [...sender, ...ETHERTYPE];
  return frame.length >= HEADER + 4 && head.every((byte, index) => frame[6 + index] === byte);
}

/** Four bytes at a time: a byte at a time it takes longer than the cable. */
function isSame(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  const [ours, theirs] = [one, other].map(
    (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
  );
  if (ours === undefined || theirs === undefined) return false;
  let at = 0;
  for (; at + 4 <= one.length; at += 4) if (ours.getUint32(at) !== theirs.getUint32(at)) return false;
  for (; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

function pairsIn(text: string): [string, string][] {
  const pairs = text.split(',').map((pair) => pair.split('-'));
  if (
    !pairs.every(
      (pair) => pair.length === 2 && pair.every((name) => /^\w+$/.test(name)) && pair[0] !== pair[1],
    )
  )
    throw new Error(`pairs is "${text}"; it must be pairs of ports, as in eth0-eth1`);
  return pairs as [string, string][];
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
