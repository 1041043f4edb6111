// SPDX-License-Identifier: MIT
/**
 * Both ends of a load: packets into one port of an emulated board, and out of another one again. So many are kept on
 * their way that the board always finds some waiting, and no more, so that none is lost and none is made in vain.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { MachineError } from '../errors.ts';
import type { Cable } from '../wiring.ts';
import { packetOf, readFrame, sameButForwarded } from './frames.ts';
import type { Traffic } from './traffic.ts';

/** Packets on their way: below what the receive ring of a card holds when it is set to its largest size. */
const WINDOW = 1_500;
/** Packets that are sent in one go. */
const BURST = 64;
/** Milliseconds without anything coming back after which what is on its way counts as lost. */
const STALL = 2_000;
/** Milliseconds that an emulator may take until it listens, and between two tries to reach it. */
const LISTENS = 10_000;
const RETRY = 20;

/** What has come back since the count began. */
export interface LoadCounts {
  /** Packets that came back as they should, by the way they left the board (`Forwarded.way`). */
  readonly byWay: ReadonlyMap<string, number>;
  /** Packets that never came back, or late. */
  readonly lost: number;
  /** Packets that came back altered. */
  readonly damaged: number;
}

export class Load {
  readonly #into: Socket;
  readonly #outOf: Socket;
  #traffic: Traffic | undefined;
  #sent = 0;
  #sentBefore = 0;
  /** Number of the packet that is expected back next: a board with one way out keeps the order. */
  #next = 0;
  #lastSeen = 0;
  #byWay = new Map<string, number>();
  #lost = 0;
  #damaged = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * Plugs into the other ends of two cables that an emulator listens on.
   * @throws MachineError when nobody listens
   */
  static async plugIn(into: Cable, outOf: Cable): Promise<Load> {
    return new Load(await connected(into), await connected(outOf));
  }

  private constructor(into: Socket, outOf: Socket) {
    this.#into = into;
    this.#outOf = outOf;
    into.resume();
    readFrames(outOf, (frame) => this.#received(frame));
    // The emulator closes them when it ends; whoever waits for it hears of it there.
    for (const socket of [into, outOf]) socket.on('error', () => {});
  }

  /** Sends packets until stop(). */
  start(traffic: Traffic): void {
    this.#traffic = traffic;
    this.#sentBefore += this.#sent;
    this.#sent = 0;
    this.#next = 0;
    this.restart();
    this.#lastSeen = performance.now();
    this.#timer = setInterval(() => this.#watch(), STALL / 4);
    this.#fill();
  }

  /** Begins to count anew. */
  restart(): void {
    this.#byWay = new Map();
    this.#lost = 0;
    this.#damaged = 0;
  }

  /** Packets that have come back since the count began, as they should. */
  returned(): number {
    return [...this.#byWay.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Packets sent since it was plugged in, under all loads. */
  sentInAll(): number {
    return this.#sentBefore + this.#sent;
  }

  counts(): LoadCounts {
    return { byWay: this.#byWay, lost: this.#lost, damaged: this.#damaged };
  }

  /** Sends no more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#traffic = undefined;
  }

  unplug(): void {
    this.stop();
    this.#into.destroy();
    this.#outOf.destroy();
  }

  #fill(): void {
    const traffic = this.#traffic;
    while (traffic && this.#sent - this.#next <= WINDOW - BURST) {
      const burst: Buffer[] = [];
      for (let count = 0; count < BURST; count++) burst.push(inStream(traffic.frame(this.#sent++)));
      this.#into.write(Buffer.concat(burst));
    }
  }

  #received(frame: Buffer): void {
    const traffic = this.#traffic;
    const forwarded = readFrame(frame);
    if (!traffic || forwarded?.packet[9] !== traffic.protocol) return;
    const { way, packet } = forwarded;
    const number = traffic.numberOf(packet);
    // Not what this load has sent, but what an earlier one left in the board.
    if (number >= this.#sent || number < this.#next) return;
    this.#lastSeen = performance.now();
    this.#lost += number - this.#next;
    this.#next = number + 1;
    if (sameButForwarded(packetOf(traffic.frame(number)), packet))
      this.#byWay.set(way, (this.#byWay.get(way) ?? 0) + 1);
    else this.#damaged++;
    const answer = traffic.answer?.(forwarded);
    if (answer) this.#outOf.write(inStream(answer));
    this.#fill();
  }

  #watch(): void {
    if (performance.now() - this.#lastSeen < STALL) return;
    this.#lost += this.#sent - this.#next;
    this.#next = this.#sent;
    this.#lastSeen = performance.now();
    this.#fill();
  }
}

/** The emulator begins to listen some time after it has started. */
async function connected(cable: Cable): Promise<Socket> {
  if (cable.take() !== 'connects')
    throw new MachineError(`no emulator listens on the cable ${cable.socket}: make the machine first`);
  const end = performance.now() + LISTENS;
  for (;;) {
    const outcome = await tryConnect(cable.socket);
    if (!(outcome instanceof Error)) return outcome;
    if (performance.now() > end) throw new MachineError(`cannot plug into a cable: ${outcome.message}`);
    await sleep(RETRY);
  }
}

function tryConnect(path: string): Promise<Socket | Error> {
  const socket = connect(path);
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(socket));
    socket.once('error', resolve);
  });
}

/** A frame as QEMU's stream wants it: its length in four bytes, then the frame. */
function inStream(frame: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}

/** Cuts a stream into the frames of QEMU's stream, each after its length in four bytes. */
export function readFrames(socket: Socket, each: (frame: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    let at = 0;
    while (all.length - at >= 4 && all.length - at - 4 >= all.readUInt32BE(at)) {
      const end = at + 4 + all.readUInt32BE(at);
      each(all.subarray(at + 4, end));
      at = end;
    }
    rest = all.subarray(at);
  });
}
