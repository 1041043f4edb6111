// SPDX-License-Identifier: MIT
/** A console server that speaks TELNET, and RFC 2217 to set its port's speed; without that it is a line as it is. */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConsoleError } from './errors.ts';
import { BREAK, type Line, type LineEvents } from './line.ts';
import { type Address, connectTo, listenTo, writeTo } from './tcp-line.ts';
import {
  COMMAND,
  encodeData,
  encodeOption,
  encodeSubnegotiation,
  IAC,
  OPTION,
  TelnetDecoder,
  type TelnetEvent,
} from './telnet.ts';

const { DO, DONT, WILL, WONT } = COMMAND;

/** What a client asks of a port; the server answers with the same number and 100 more (RFC 2217, section 3). */
const ASK = { BAUD: 1, SIZE: 2, PARITY: 3, STOP: 4, CONTROL: 5 } as const;
const ANSWER = 100;
const [NO_PARITY, ONE_STOP, NO_FLOW_CONTROL, BREAK_ON, BREAK_OFF] = [1, 1, 1, 5, 6];
/** The server asks the client to stop, and to go on. */
const [SUSPEND, RESUME] = [108, 109];

/** Milliseconds that a server may take to say whether it has an option, or to set a speed. */
const PATIENCE = 5_000;

/** What this end does when it is asked to, and what it wants of the other. */
const OURS: readonly number[] = [OPTION.BINARY, OPTION.SUPPRESS_GO_AHEAD, OPTION.COM_PORT];
const THEIRS: readonly number[] = [OPTION.BINARY, OPTION.SUPPRESS_GO_AHEAD, OPTION.ECHO];

/** @throws ConsoleError when nobody answers there */
export async function openTelnetLine(address: Address, name: string, baud: number): Promise<Line> {
  const line = new TelnetLine(await connectTo(address, name), name);
  try {
    await line.begin();
    await line.setSpeed(baud);
  } catch (error) {
    await line.close();
    throw error;
  }
  return line;
}

class TelnetLine implements Line {
  readonly #socket: Socket;
  readonly #name: string;
  readonly #decoder = new TelnetDecoder();
  /** Options that are on at either end; what is not here was refused or not spoken of yet. */
  readonly #ours = new Map<number, boolean>();
  readonly #theirs = new Map<number, boolean>();
  /** Data that came before anybody listened. */
  #early: Uint8Array[] = [];
  #events: LineEvents | undefined;
  #ended: { error?: Error } | undefined;
  #waiting: { done: () => boolean; resolve: () => void }[] = [];
  readonly #answers = new Map<number, Uint8Array>();
  #suspended = false;

  constructor(socket: Socket, name: string) {
    this.#socket = socket;
    this.#name = name;
    listenTo(
      socket,
      (bytes) => this.#received(bytes),
      (error) => this.#end(error),
    );
  }

  /** Offers what this end has, and waits until the server has said whether it sets ports. */
  async begin(): Promise<void> {
    for (const option of OURS) await this.#write(encodeOption(WILL, option));
    for (const option of [OPTION.BINARY, OPTION.SUPPRESS_GO_AHEAD])
      await this.#write(encodeOption(DO, option));
    // A server that says nothing speaks no TELNET, or not this option: the bytes are what counts.
    await this.#until(() => this.#ours.has(OPTION.COM_PORT));
  }

  listen(events: LineEvents): void {
    this.#events = events;
    for (const bytes of this.#early) events.data(bytes);
    this.#early = [];
    if (this.#ended) events.end(this.#ended.error);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#suspended) await this.#until(() => !this.#suspended);
    await this.#write(encodeData(bytes, this.#ours.get(OPTION.BINARY) === true));
  }

  async setSpeed(baud: number): Promise<boolean> {
    if (this.#ours.get(OPTION.COM_PORT) !== true) return false;
    await this.#ask(ASK.SIZE, [8]);
    await this.#ask(ASK.PARITY, [NO_PARITY]);
    await this.#ask(ASK.STOP, [ONE_STOP]);
    await this.#ask(ASK.CONTROL, [NO_FLOW_CONTROL]);
    const answer = await this.#ask(ASK.BAUD, [
      baud >>> 24,
      (baud >> 16) & 255,
      (baud >> 8) & 255,
      baud & 255,
    ]);
    const set = answer.length === 4 ? new DataView(answer.buffer).getUint32(0) : undefined;
    if (set !== baud)
      throw new ConsoleError(
        `${this.#name} cannot set ${baud} bits per second: it says ${set ?? 'nothing'}.`,
      );
    return true;
  }

  async sendBreak(): Promise<boolean> {
    if (this.#ours.get(OPTION.COM_PORT) === true) {
      await this.#ask(ASK.CONTROL, [BREAK_ON]);
      await sleep(BREAK);
      await this.#ask(ASK.CONTROL, [BREAK_OFF]);
    } else {
      await this.#write(Uint8Array.from([IAC, COMMAND.BREAK]));
    }
    return true;
  }

  async close(): Promise<void> {
    this.#socket.destroy();
  }

  async #ask(what: number, value: readonly number[]): Promise<Uint8Array> {
    this.#answers.delete(what);
    await this.#write(encodeSubnegotiation(OPTION.COM_PORT, [what, ...value]));
    const answered = await this.#until(() => this.#answers.has(what));
    if (!answered)
      throw new ConsoleError(
        `${this.#name} does not answer to RFC 2217 command ${what} within ${PATIENCE / 1000} s.`,
      );
    return this.#answers.get(what) ?? new Uint8Array();
  }

  #write(bytes: Uint8Array): Promise<void> {
    return writeTo(this.#socket, bytes);
  }

  #received(bytes: Uint8Array): void {
    for (const event of this.#decoder.decode(bytes)) this.#take(event);
    const ready = this.#waiting.filter(({ done }) => done());
    for (const { resolve } of ready) resolve();
  }

  #take(event: TelnetEvent): void {
    if (event.kind === 'data') {
      if (this.#events) this.#events.data(event.bytes);
      else this.#early.push(event.bytes);
    } else if (event.kind === 'option') {
      this.#negotiate(event.command, event.option);
    } else if (event.option === OPTION.COM_PORT) {
      const [what = 0] = event.bytes;
      if (what === SUSPEND || what === RESUME) this.#suspended = what === SUSPEND;
      else if (what > ANSWER) this.#answers.set(what - ANSWER, event.bytes.slice(1));
    }
  }

  /** Answers only where something changes, or two ends could go on for ever (RFC 854). */
  #negotiate(command: number, option: number): void {
    const ofOurs = command === DO || command === DONT;
    const on = command === DO || command === WILL;
    const [side, known, yes, no] = ofOurs
      ? ([this.#ours, OURS, WILL, WONT] as const)
      : ([this.#theirs, THEIRS, DO, DONT] as const);
    const wanted = on && known.includes(option);
    const before = side.get(option);
    side.set(option, wanted);
    if (!ofOurs && option === OPTION.BINARY) this.#decoder.binary = wanted;
    const offered = ofOurs ? OURS.includes(option) : option !== OPTION.ECHO && THEIRS.includes(option);
    // The first answer to what this end has offered needs none.
    const settled = before === undefined ? offered && (wanted || !on) : before === wanted;
    if (!settled) this.#write(encodeOption(wanted ? yes : no, option)).catch(() => {});
  }

  #end(error: Error | undefined): void {
    this.#ended = error === undefined ? {} : { error };
    this.#events?.end(error);
    for (const { resolve } of this.#waiting) resolve();
  }

  /** False: it did not become true in time. */
  async #until(done: () => boolean): Promise<boolean> {
    if (done()) return true;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#waiting.push({ done, resolve });
      timer = setTimeout(resolve, PATIENCE);
    });
    clearTimeout(timer);
    this.#waiting = this.#waiting.filter((one) => one.done !== done);
    if (this.#ended) throw new ConsoleError(`${this.#name}: ${this.#ended.error?.message ?? 'closed'}.`);
    return done();
  }
}
