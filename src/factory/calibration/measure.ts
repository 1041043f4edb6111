// SPDX-License-Identifier: MIT
/** Asks a board for all of a calibration, one figure after the other, over its shell. */
import type { BoardAnswer } from '../../agent/factory/answer.ts';
import type { Shell } from '../../serial/shell.ts';
import { AnswerError, askBoard } from '../station/board-answer.ts';
import {
  type Calibration,
  type Duration,
  FORMAT,
  type Line,
  type Message,
  NOT_MEASURED,
  type Packet,
} from './calibration.ts';

export interface MeasureOptions {
  /** Version of Plait that asks. */
  readonly software: string;
  readonly taken: Date;
  readonly say: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Milliseconds: more than the board itself gives a measurement. */
const TIMEOUT = 90_000;
/** It goes to a terminal, and into a file. */
const PRINTABLE = /^[\x20-\x7e]{1,4000}$/;
/** It becomes part of a file's name. */
const BOARD_NAME = /^[a-z][a-z0-9-]{0,31}$/;
const MESSAGES = [64, 512, 1400];
/** A frame of 64 bytes on the wire has 14 bytes of Ethernet in front of the packet, and 4 of its checksum behind. */
const PACKETS = [
  { size: '64-byte frame', bytes: 46 },
  { size: '1400-byte packet', bytes: 1400 },
] as const;

/** @throws AnswerError, BoardFailure, ConsoleTimeout, PortGone */
export async function calibrate(shell: Shell, options: MeasureOptions): Promise<Calibration> {
  const { software, taken, say, signal } = options;
  const ask = async (what: string, parameters: Record<string, number> = {}) => {
    say([what, ...Object.entries(parameters).map(([name, value]) => `${value} ${name}`)].join(', '));
    const answer = await askBoard(shell, `calibrate-${what}`, parameters, {
      timeout: TIMEOUT,
      ...(signal && { signal }),
    });
    return new Figures(answer);
  };
  const system = await ask('system');
  const clock = await ask('clock');
  const messages: Message[] = [];
  for (const bytes of MESSAGES) {
    const cipher = await ask('cipher', { bytes });
    messages.push({ bytes, seal: cipher.duration('seal'), open: cipher.duration('open') });
  }
  const x25519 = await ask('x25519');
  const packets = async (way: 'forward' | 'plait') => {
    const found: Packet[] = [];
    for (const { size, bytes } of PACKETS) {
      const each = (await ask(way, { bytes })).duration('packet');
      found.push({ size, bytes, each, perSecond: Math.round(1e9 / each.ns) });
    }
    return found;
  };
  const [forwarded, plaited] = [await packets('forward'), await packets('plait')];
  return {
    ...{ format: FORMAT, taken: taken.toISOString(), software },
    board: boardIn(system),
    clock: clockIn(clock),
    cipher: {
      name: 'ChaCha20-Poly1305',
      messages,
      seal: lineOf(messages, ({ seal }) => seal),
      open: lineOf(messages, ({ open }) => open),
    },
    x25519: { agree: x25519.duration('x25519'), publicKey: x25519.duration('public_key') },
    packets: { forwarded, plaited },
    notMeasured: NOT_MEASURED,
  };
}

/** Figures of one answer; what is not as it must be is told with its name. */
class Figures {
  readonly answer: BoardAnswer;

  constructor(answer: BoardAnswer) {
    this.answer = answer;
  }

  number(name: string): number {
    const value = this.answer.measurements[name];
    if (typeof value !== 'number' || value < 0) throw this.#wrong(name, 'number');
    return value;
  }

  text(name: string): string {
    const value = this.answer.measurements[name];
    if (typeof value !== 'string' || !PRINTABLE.test(value)) throw this.#wrong(name, 'printable text');
    return value;
  }

  maybe<T>(name: string, read: (name: string) => T): T | undefined {
    return Object.hasOwn(this.answer.measurements, name) ? read.call(this, name) : undefined;
  }

  /** What takes no time was not measured. */
  duration(name: string): Duration {
    const ns = this.number(`${name}_ns`);
    if (ns === 0) throw this.#wrong(`${name}_ns`, 'number above 0');
    return {
      ns,
      cycles: this.maybe(`${name}_cycles`, this.number),
      leastCycles: this.maybe(`${name}_least_cycles`, this.number),
    };
  }

  #wrong(name: string, kind: string): AnswerError {
    const { phase, measurements } = this.answer;
    return new AnswerError(
      `${phase}: ${name} is ${JSON.stringify(measurements[name])}; it must be a ${kind}`,
    );
  }
}

function boardIn(system: Figures): Calibration['board'] {
  const number = (name: string) => system.maybe(name, system.number);
  const text = (name: string) => system.maybe(name, system.text);
  const name = system.text('board');
  if (!BOARD_NAME.test(name)) throw new AnswerError(`${JSON.stringify(name)} is no name of a board`);
  return {
    name,
    version: system.answer.version,
    build: text('build'),
    kernel: { release: system.text('kernel'), version: system.text('kernel_version') },
    cpu: {
      ...{ count: system.number('cpus'), vendor: text('vendor'), name: text('model_name') },
      ...{ family: number('family'), model: number('model'), stepping: number('stepping') },
      ...{ megahertz: number('clock'), flags: text('flags') },
    },
  };
}

function clockIn(clock: Figures): Calibration['clock'] {
  const late = (rank: string) => clock.number(`timer_late_${rank}_ns`);
  return {
    source: clock.text('source'),
    available: clock.maybe('sources', clock.text)?.split(/\s+/) ?? [],
    read: clock.duration('clock_read'),
    stepNs: clock.number('clock_step_ns'),
    timer: {
      device: clock.text('timer'),
      resolutionNs: clock.number('timer_resolution_ns'),
      shortestNs: clock.maybe('timer_ahead_ns', clock.number),
      lateNs: { least: late('least'), median: late('median'), p99: late('p99'), most: late('most') },
    },
  };
}

function lineOf(messages: readonly Message[], of: (message: Message) => Duration): Line | undefined {
  const [shortest, longest] = [messages[0], messages.at(-1)];
  if (shortest === undefined || longest === undefined) return undefined;
  const [few, many] = [of(shortest).cycles, of(longest).cycles];
  if (few === undefined || many === undefined) return undefined;
  const perByte = (many - few) / (longest.bytes - shortest.bytes);
  const rounded = (value: number) => Math.round(value * 100) / 100;
  return { cyclesPerByte: rounded(perByte), fixedCycles: Math.round(few - perByte * shortest.bytes) };
}
