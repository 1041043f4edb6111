// SPDX-License-Identifier: MIT
/**
 * What a board takes for ciphers, packets and timers, as one JSON file that can be attached to an issue: it names kind and
 * versions, and nothing by which this one board would be known.
 */

/** Raised when a key changes its meaning. */
export const FORMAT = 'plait-calibration-1';

export interface Calibration {
  readonly format: typeof FORMAT;
  /** ISO 8601 in UTC, by the clock of who asked. */
  readonly taken: string;
  /** Version of Plait that asked. */
  readonly software: string;
  readonly board: {
    /** A folder of board/. */
    readonly name: string;
    /** Of the image that runs on it. */
    readonly version: string;
    readonly build?: string | undefined;
    readonly kernel: { readonly release: string; readonly version: string };
    readonly cpu: Cpu;
  };
  readonly clock: Clock;
  readonly cipher: {
    readonly name: 'ChaCha20-Poly1305';
    /** Messages of two lengths or more, the shortest first. */
    readonly messages: readonly Message[];
    /** Of what a longer message takes more, by the shortest and the longest. Absent: the CPU counts no cycles. */
    readonly seal?: Line | undefined;
    readonly open?: Line | undefined;
  };
  readonly x25519: { readonly agree: Duration; readonly publicKey: Duration };
  readonly packets: { readonly forwarded: readonly Packet[]; readonly plaited: readonly Packet[] };
  /** What someone may look for and not find. */
  readonly notMeasured: readonly string[];
}

export interface Cpu {
  readonly count: number;
  readonly vendor?: string | undefined;
  readonly name?: string | undefined;
  readonly family?: number | undefined;
  readonly model?: number | undefined;
  readonly stepping?: number | undefined;
  readonly megahertz?: number | undefined;
  readonly flags?: string | undefined;
}

/** The median of many, and the least. Cycles are those of the time stamp counter; absent: the CPU has none. */
export interface Duration {
  readonly ns: number;
  readonly cycles?: number | undefined;
  readonly leastCycles?: number | undefined;
}

export interface Message {
  readonly bytes: number;
  readonly seal: Duration;
  readonly open: Duration;
}

export interface Line {
  readonly cyclesPerByte: number;
  readonly fixedCycles: number;
}

/** From where a driver hands a packet to the kernel to where another driver takes it. */
export interface Packet {
  /** As in docs/cost.md: frames of 64 bytes on the wire, packets of 1400. */
  readonly size: '64-byte frame' | '1400-byte packet';
  /** Of the IPv4 packet. */
  readonly bytes: number;
  readonly each: Duration;
  readonly perSecond: number;
}

export interface Clock {
  readonly source: string;
  /** What the kernel would also take for timers of high resolution; it may name none. */
  readonly available: readonly string[];
  readonly read: Duration;
  /** Smallest difference of two looks that are not the same. */
  readonly stepNs: number;
  readonly timer: {
    readonly device: string;
    /** What the kernel counts timers in. */
    readonly resolutionNs: number;
    /** How little ahead the device can be set. */
    readonly shortestNs?: number | undefined;
    /** How long after its time a timer ran. */
    readonly lateNs: {
      readonly least: number;
      readonly median: number;
      readonly p99: number;
      readonly most: number;
    };
  };
}

export const NOT_MEASURED: readonly string[] = [
  'network cards, their drivers and interrupts: packets are handed to the kernel where a driver does it, and taken where a driver does',
  'encrypted legs as a whole: add sealing and opening of a message to plaiting',
  'caches as under real load: the same ten flows come again and again',
];
