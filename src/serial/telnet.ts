// SPDX-License-Identifier: MIT
/** TELNET's bytes (RFC 854), with nothing of what options mean: data and commands are told apart, and put together. */

export const IAC = 255;
export const COMMAND = {
  SE: 240,
  NOP: 241,
  BREAK: 243,
  SB: 250,
  WILL: 251,
  WONT: 252,
  DO: 253,
  DONT: 254,
} as const;
export const OPTION = { BINARY: 0, ECHO: 1, SUPPRESS_GO_AHEAD: 3, COM_PORT: 44 } as const;

const { SE, SB, WILL, DONT } = COMMAND;
const CR = 13;
/** No subnegotiation that is understood here is longer; of a longer one the rest is dropped. */
const LONGEST_SUBNEGOTIATION = 256;

export type TelnetEvent =
  | { kind: 'data'; bytes: Uint8Array }
  /** WILL, WONT, DO or DONT of an option. */
  | { kind: 'option'; command: number; option: number }
  | { kind: 'subnegotiation'; option: number; bytes: Uint8Array };

type State = 'data' | 'after CR' | 'IAC' | 'option' | 'subnegotiation' | 'IAC in subnegotiation';

/** Takes a stream apart that comes in pieces of any size. Bounded: nothing is kept but one subnegotiation. */
export class TelnetDecoder {
  /** Outside of binary mode a NUL after CR is no data. */
  binary = false;
  #state: State = 'data';
  #command = 0;
  #sub: number[] = [];

  decode(bytes: Uint8Array): TelnetEvent[] {
    const events: TelnetEvent[] = [];
    let data: number[] = [];
    const flush = () => {
      if (data.length > 0) events.push({ kind: 'data', bytes: Uint8Array.from(data) });
      data = [];
    };
    for (const byte of bytes) {
      const event = this.#take(byte, data);
      if (event === undefined) continue;
      flush();
      events.push(event);
    }
    flush();
    return events;
  }

  #take(byte: number, data: number[]): TelnetEvent | undefined {
    switch (this.#state) {
      case 'data':
      case 'after CR': {
        const padding = this.#state === 'after CR' && byte === 0;
        this.#state = byte === IAC ? 'IAC' : byte === CR && !this.binary ? 'after CR' : 'data';
        if (byte !== IAC && !padding) data.push(byte);
        return undefined;
      }
      case 'IAC':
        return this.#afterIac(byte, data);
      case 'option':
        this.#state = 'data';
        return { kind: 'option', command: this.#command, option: byte };
      case 'subnegotiation':
        if (byte === IAC) this.#state = 'IAC in subnegotiation';
        else this.#keep(byte);
        return undefined;
      case 'IAC in subnegotiation':
        return this.#inSubnegotiation(byte, data);
    }
  }

  #afterIac(byte: number, data: number[]): undefined {
    if (byte === SB) {
      this.#sub = [];
      this.#state = 'subnegotiation';
    } else if (byte >= WILL && byte <= DONT) {
      this.#command = byte;
      this.#state = 'option';
    } else {
      if (byte === IAC) data.push(IAC);
      this.#state = 'data';
    }
    return undefined;
  }

  #inSubnegotiation(byte: number, data: number[]): TelnetEvent | undefined {
    if (byte === IAC) {
      this.#keep(IAC);
      this.#state = 'subnegotiation';
      return undefined;
    }
    // Whoever sends another command has forgotten the end.
    if (byte !== SE) return this.#afterIac(byte, data);
    this.#state = 'data';
    const [option, ...rest] = this.#sub;
    return option === undefined
      ? undefined
      : { kind: 'subnegotiation', option, bytes: Uint8Array.from(rest) };
  }

  #keep(byte: number): void {
    if (this.#sub.length < LONGEST_SUBNEGOTIATION) this.#sub.push(byte);
  }
}

/** Data as it goes over the wire. Outside of binary mode a CR is followed by NUL, so that no LF is made of it. */
export function encodeData(bytes: Uint8Array, binary: boolean): Uint8Array {
  const out: number[] = [];
  for (const byte of bytes) {
    out.push(byte);
    if (byte === IAC) out.push(IAC);
    else if (byte === CR && !binary) out.push(0);
  }
  return Uint8Array.from(out);
}

export function encodeOption(command: number, option: number): Uint8Array {
  return Uint8Array.from([IAC, command, option]);
}

export function encodeSubnegotiation(option: number, bytes: readonly number[]): Uint8Array {
  const escaped = bytes.flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte]));
  return Uint8Array.from([IAC, SB, option, ...escaped, IAC, SE]);
}
