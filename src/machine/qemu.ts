// SPDX-License-Identifier: MIT
/**
 * A board in QEMU: made paused, so that its serial console can be opened before the first byte is printed, then
 * powered on. Its card is a copy of the image, its folder is gone when it is stopped, and the emulator never
 * outlives this process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Board, EmulatedDisk, Firmware } from '../image/board.ts';
import { sectorSize } from '../image/disk/layout.ts';
import { makeCard } from './card.ts';
import { MachineError } from './errors.ts';
import { efiFirmware } from './firmware.ts';
import { Qmp } from './qmp.ts';
import { nicName, type Plug, portArguments } from './wiring.ts';

export interface MachineSpec {
  /** Names it in messages and decides its MAC addresses. */
  readonly name: string;
  /** How the board is emulated: `qemu` of its board.yaml. */
  readonly emulator: Board['qemu'];
  /** What starts the boot loader. Default: a BIOS. */
  readonly firmware?: Firmware;
  /** Disk image; only read, unless `inPlace`. */
  readonly image: string;
  /** The image itself is the card, and keeps what the board writes. Default: the card is a copy that is thrown away. */
  readonly inPlace?: boolean;
  /** Size of a card that is a copy, in bytes. Default: the image's size. */
  readonly cardBytes?: number;
  /**
   * File that takes down each write to the card and each flush of its cache, in order, for replay by write-log/: cut short
   * when it exists, and kept when the machine is stopped. `sync` on the board ends it.
   */
  readonly writeLog?: string;
  /** Disk image of a second disk, only read: what the board writes to it is gone when it is switched off. */
  readonly disk?: string;
  /**
   * Nanoseconds that an instruction takes, a power of two: the board's clock then counts instructions, so that times
   * measured in it say nothing about how busy this machine is. Default: the board runs as fast as it can.
   */
  readonly instructionTime?: 1 | 2 | 4 | 8;
  /** What the ports are plugged into, in the board's order. A port without an entry has nothing plugged in. */
  readonly plugs?: readonly Plug[];
}

/** How an emulator ended. */
export interface Ending {
  /** It was switched off, by the board or by `stop()`. */
  readonly orderly: boolean;
  /** A sentence for people. */
  readonly message: string;
}

interface Running {
  readonly name: string;
  readonly serial: string;
  readonly folder: string;
  readonly process: ChildProcess;
  readonly qmp: Qmp;
  readonly ended: Promise<Ending>;
}

/** Milliseconds for the emulator to open its control socket. */
const START = 20_000;
/** Milliseconds for it to end when it will not start. */
const REFUSE = 1_000;
/** Milliseconds for it to go away when told to quit, before it is killed. */
const QUIT = 5_000;

/** Fields behind the name in /proc/<pid>/stat (man proc), in ticks of which the kernel shows 100 a second. */
const [USER_TIME, SYSTEM_TIME, TICKS] = [11, 12, 100];

export class Machine {
  readonly name: string;
  /** The pseudo-terminal behind the board's serial port. */
  readonly serial: string;
  /** Resolves when the emulator has ended. */
  readonly ended: Promise<Ending>;
  readonly #process: ChildProcess;
  readonly #qmp: Qmp;
  readonly #folder: string;

  /**
   * Makes a machine; it is off until `powerOn()`.
   * @throws MachineError when the emulator is missing or refuses; everything made is removed again
   */
  static async make(spec: MachineSpec, options: { signal?: AbortSignal } = {}): Promise<Machine> {
    const folder = await mkdtemp(join(tmpdir(), `plait-${spec.name}-`));
    const card = spec.inPlace ? spec.image : join(folder, 'card.img');
    try {
      if (!spec.inPlace) await makeCard(spec.image, card, spec.cardBytes);
      if (spec.writeLog !== undefined) await writeFile(spec.writeLog, '');
      return new Machine(await start(spec, folder, card, options.signal));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(running: Running) {
    this.name = running.name;
    this.serial = running.serial;
    this.ended = running.ended;
    this.#folder = running.folder;
    this.#process = running.process;
    this.#qmp = running.qmp;
  }

  async powerOn(): Promise<void> {
    await this.#qmp.execute('cont');
  }

  /** Presses the reset button. */
  async reset(): Promise<void> {
    await this.#qmp.execute('system_reset');
  }

  /** Presses keys of the board's keyboard one after the other, by the emulator's names: `a`, `ret`, `slash`. */
  async pressKeys(keys: readonly string[]): Promise<void> {
    for (const key of keys)
      await this.#qmp.execute('send-key', { keys: [{ type: 'qcode', data: key }], 'hold-time': 20 });
  }

  /** Sends a BREAK over the serial line. */
  async sendBreak(): Promise<void> {
    await this.#qmp.execute('chardev-send-break', { id: 'serial' });
  }

  /** How fast the board's card takes what is written to it, in bytes a second; 0: as fast as it can. */
  async setWriteRate(rate: number): Promise<void> {
    const all = { bps: 0, bps_rd: 0, iops: 0, iops_rd: 0, iops_wr: 0 };
    await this.#qmp.execute('block_set_io_throttle', { device: 'card', ...all, bps_wr: rate });
  }

  /** Plugs the cable of a port in or pulls it: both the card and its peer see the carrier change. */
  async setCarrier(port: number, on: boolean): Promise<void> {
    await this.#qmp.execute('set_link', { name: nicName(port), up: on });
  }

  /** Seconds of CPU time that the emulator has taken, whatever else this machine does. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.#process.pid}/stat`, 'utf8');
    // The program's name stands in brackets, and may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) / TICKS;
  }

  /** Switches the power off, at once and without a word to the board, and removes all traces. Twice is fine. */
  async stop(): Promise<void> {
    await this.#qmp.execute('quit').catch(() => {});
    await Promise.race([this.ended, sleep(QUIT, undefined, { ref: false })]);
    this.#process.kill('SIGKILL');
    await this.ended;
    this.#qmp.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The emulator's whole command line; `control` is the path of its control socket. */
export function qemuArguments(spec: MachineSpec, card: string, control: string): string[] {
  const { emulator } = spec;
  const ports = emulator.nics.flatMap((model, port) => {
    return portArguments(spec.name, port, model, spec.plugs?.[port] ?? { to: 'nothing' });
  });
  return [
    ...['-name', spec.name, '-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-machine', emulator.machine, '-accel', 'tcg', '-cpu', emulator.cpu, '-m', `${emulator.memory}M`],
    ...(spec.instructionTime === undefined ? [] : ['-icount', `shift=${Math.log2(spec.instructionTime)}`]),
    ...['-chardev', 'pty,id=serial', '-serial', 'chardev:serial'],
    ...['-qmp', `unix:${control},server=on,wait=off`, '-S'],
    ...(spec.firmware === 'efi' ? ['-bios', efiFirmware] : []),
    ...cardDrive(card, spec.writeLog),
    ...['-device', `${diskDevices[emulator.disk]},drive=card,bootindex=0`],
    ...emulator.devices.flatMap((device) => ['-device', device]),
    ...(spec.disk === undefined ? [] : secondDisk(spec.disk)),
    ...ports,
  ];
}

/** Nothing is flushed on this machine. With a log the board's flushes get as far as the log. */
function cardDrive(card: string, log: string | undefined): string[] {
  if (log === undefined) return ['-drive', `file=${card},format=raw,if=none,id=card,cache=unsafe`];
  const file = (name: string, path: string) =>
    `${name}.driver=file,${name}.filename=${path.replaceAll(',', ',,')},${name}.cache.no-flush=on`;
  const parts = [file('file', card), file('log', log), `log-sector-size=${sectorSize}`];
  return ['-drive', `driver=blklogwrites,${parts.join(',')},if=none,id=card,cache=writeback`];
}

const diskDevices: Readonly<Record<EmulatedDisk, string>> = {
  ide: 'ide-hd,bus=ide.0',
  virtio: 'virtio-blk-pci',
  nvme: 'nvme,serial=plait',
};

function secondDisk(file: string): string[] {
  return [
    ...['-drive', `file=${file},format=raw,if=none,id=disk,snapshot=on`],
    ...['-device', 'ide-hd,drive=disk,bus=ide.1'],
  ];
}

async function start(
  spec: MachineSpec,
  folder: string,
  card: string,
  signal: AbortSignal | undefined,
): Promise<Running> {
  const control = join(folder, 'qmp');
  const argv = qemuArguments(spec, card, control);
  // The kernel ends the emulator with this process, however this process ends.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', spec.emulator.binary, ...argv], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', kill, { once: true });
  const ended = whenEnded(spec, child).finally(() => signal?.removeEventListener('abort', kill));
  const hasEnded = new AbortController();
  void ended.then(() => hasEnded.abort());
  try {
    const qmp = await Qmp.connect(control, START, hasEnded.signal);
    const serial = serialPath(await qmp.execute('query-chardev'));
    for (const port of spec.emulator.nics.keys()) {
      if ((spec.plugs?.[port] ?? { to: 'nothing' }).to === 'nothing')
        await qmp.execute('set_link', { name: nicName(port), up: false });
    }
    return { name: spec.name, serial, folder, process: child, qmp, ended };
  } catch (error) {
    // An emulator that has refused ends by itself and says why; without that, its socket only breaks.
    const refused = await Promise.race([ended, sleep(REFUSE)]);
    kill();
    await ended;
    throw refused === undefined ? error : new MachineError(refused.message, { cause: error });
  }
}

function whenEnded(spec: MachineSpec, child: ChildProcess): Promise<Ending> {
  let said = '';
  child.stderr?.on('data', (text: Buffer) => {
    said = (said + text.toString()).slice(-2_000);
  });
  return new Promise((resolve) => {
    const end = (orderly: boolean, message: string) => {
      const errors = said.split('\n').filter((line) => line !== '' && !line.includes(': warning: '));
      resolve({
        orderly,
        message: [message, ...(errors.length > 0 ? ['It said:'] : []), ...errors].join(' '),
      });
    };
    child.once('error', (error) =>
      end(false, `The emulator of ${spec.name} could not be started: ${error.message}.`),
    );
    child.once('close', (code, signal) => {
      const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
      end(code === 0, `The emulator of ${spec.name} ended ${how}.`);
    });
  });
}

function serialPath(devices: unknown): string {
  const list = devices as { label: string; filename: string }[];
  const path = list.find((device) => device.label === 'serial')?.filename.replace(/^pty:/, '');
  if (path === undefined) throw new MachineError('The emulator has no serial port.');
  return path;
}
