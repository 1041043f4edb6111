// SPDX-License-Identifier: MIT
/** A board under test: the emulated machine, and a person at its serial console. */
import { join } from 'node:path';
import type { Status } from '../../src/agent/status.ts';
import { repository } from '../../src/cli/project.ts';
import { Machine, type MachineSpec } from '../../src/machine/qemu.ts';
import type { Plug } from '../../src/machine/wiring.ts';
import { SerialConsole } from '../../src/serial/console.ts';
import { Shell } from '../../src/serial/shell.ts';
import type { ShippedImage } from './images.ts';

export const SECONDS = 1_000;
/** Emulated boards share the machine with each other and with whatever else runs on it. */
export const BOOT_TIMEOUT = 240 * SECONDS;

/** What the agent tells a person at the console unasked. */
const AGENT_MESSAGES = [/plait: (?!Plait )[^\n]*\n/];

export interface GuestSpec {
  readonly name: string;
  readonly image: ShippedImage;
  readonly plugs?: readonly Plug[];
  readonly cardBytes?: number;
  /** Another disk image than the shipped one. */
  readonly file?: string;
  /** That image is the card itself, not copied. */
  readonly inPlace?: boolean;
  /** Image of a second disk. */
  readonly disk?: string;
  /** File that takes down what is written to the card. */
  readonly writeLog?: string;
  readonly instructionTime?: MachineSpec['instructionTime'];
  readonly firmware?: MachineSpec['firmware'];
  /** How the board is emulated, where that is not as its board.yaml says. */
  readonly emulator?: MachineSpec['emulator'];
}

export class Guest {
  readonly name: string;
  readonly machine: Machine;
  readonly console: SerialConsole;
  readonly shell: Shell;

  /** Switches a board on. What its console prints goes to `out/machine-tests/<name>.log`. */
  static async start(spec: GuestSpec): Promise<Guest> {
    const { board, file } = spec.image;
    const machine = await Machine.make({
      name: spec.name,
      emulator: spec.emulator ?? board.qemu,
      ...(spec.firmware === undefined ? {} : { firmware: spec.firmware }),
      image: spec.file ?? file,
      ...(spec.inPlace === undefined ? {} : { inPlace: spec.inPlace }),
      ...(spec.disk === undefined ? {} : { disk: spec.disk }),
      ...(spec.writeLog === undefined ? {} : { writeLog: spec.writeLog }),
      ...(spec.cardBytes === undefined ? {} : { cardBytes: spec.cardBytes }),
      ...(spec.instructionTime === undefined ? {} : { instructionTime: spec.instructionTime }),
      plugs: spec.plugs ?? [],
    });
    try {
      const log = join(repository, 'out', 'machine-tests', `${spec.name}.log`);
      const console = await SerialConsole.open(machine.serial, board.console.speed, {
        log,
        noise: AGENT_MESSAGES,
      });
      const guest = new Guest(spec.name, machine, console);
      await machine.powerOn();
      return guest;
    } catch (error) {
      await machine.stop();
      throw error;
    }
  }

  private constructor(name: string, machine: Machine, console: SerialConsole) {
    this.name = name;
    this.machine = machine;
    this.console = console;
    this.shell = new Shell(console, { timeout: 90 * SECONDS });
  }

  /** Waits for the boot loader, and for what comes after. */
  async boot(): Promise<void> {
    await this.console.expect(/starting slot [ab]/, { timeout: BOOT_TIMEOUT });
    await this.up();
  }

  /** Logs in as soon as the board asks, and waits until the agent has done its work. */
  async up(): Promise<void> {
    await this.shell.login('root', undefined, { timeout: BOOT_TIMEOUT });
    await this.until(
      'plaitctl status --json',
      (output) => statusIn(output)?.applying === false,
      90 * SECONDS,
    );
  }

  /** Restarts the board by its own command, and logs in again. */
  async reboot(): Promise<void> {
    await this.console.sendLine('reboot');
    await this.boot();
  }

  /** What the agent says. */
  async status(): Promise<Status> {
    return JSON.parse(await this.ask('plaitctl status --json')) as Status;
  }

  /** Writes plait.yaml as a person does, and makes it the configuration in force. */
  async configure(yaml: string): Promise<void> {
    await this.shell.writeFile('/data/plait.yaml', yaml);
    await this.ask('plaitctl check');
    await this.ask('plaitctl apply');
    await this.ask('plaitctl confirm');
  }

  /** The output of a command that must succeed. */
  ask(command: string, timeout?: number): Promise<string> {
    return this.shell.ask(command, timeout === undefined ? {} : { timeout });
  }

  /** Asks again and again until `good` says yes; the deadline's message shows the last answer. */
  async until(command: string, good: (output: string) => boolean, timeout: number): Promise<string> {
    const end = performance.now() + timeout;
    for (;;) {
      const { output } = await this.shell.run(command);
      if (good(output)) return output;
      if (performance.now() > end) {
        throw new Error(`${this.name}: after ${timeout / SECONDS} s, ${command} still says:\n${output}`);
      }
      await this.ask('sleep 1');
    }
  }

  /** The first status that `good` says yes to. */
  async untilStatus(what: string, good: (status: Status) => boolean, timeout: number): Promise<Status> {
    const holds = (output: string) => {
      const status = statusIn(output);
      return status !== undefined && good(status);
    };
    try {
      return JSON.parse(await this.until('plaitctl status --json', holds, timeout)) as Status;
    } catch (error) {
      throw new Error(`${what}: never`, { cause: error });
    }
  }

  async stop(): Promise<void> {
    await this.console.close();
    await this.machine.stop();
  }
}

/**
 * The status in the output of `plaitctl status --json`; undefined while the agent does not answer, or when a message of the
 * kernel broke into it: who waits asks again.
 */
export function statusIn(output: string): Status | undefined {
  try {
    return output.startsWith('{') ? (JSON.parse(output) as Status) : undefined;
  } catch {
    return undefined;
  }
}

/** A guest that is switched off after the body, however that ends. */
export async function using(spec: GuestSpec, body: (guest: Guest) => Promise<void>): Promise<void> {
  const guest = await Guest.start(spec);
  try {
    await body(guest);
  } finally {
    await guest.stop();
  }
}
