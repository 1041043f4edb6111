// SPDX-License-Identifier: MIT
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closest } from 'fastest-levenshtein';
import { UsageError } from './errors.ts';
import { type Fields, readYaml } from './fields.ts';

/** The facts of a board, from `board/<name>/board.yaml`. */
export interface Board {
  /** The folder's name: `alix`. */
  readonly name: string;
  /** The folder. */
  readonly dir: string;
  /** As people call it: `PC Engines ALIX`. */
  readonly title: string;
  readonly cpu: {
    readonly arch: 'i386' | 'x86_64';
    /** gcc's -march. */
    readonly march: string;
    /** Instruction groups the CPU traps on; the ISA gate refuses them. */
    readonly forbid: readonly Instructions[];
  };
  readonly kernel: {
    /** Absolute paths of the configuration fragments, in order; later ones win. */
    readonly fragments: readonly string[];
    /** Kernel parameters besides root device, slot and console. */
    readonly cmdline: readonly string[];
  };
  /** What starts the boot loader; the image carries one for each. */
  readonly firmware: readonly Firmware[];
  readonly console: {
    /** The serial console: ttyS<unit> at `speed` bit/s, 8N1. */
    readonly unit: number;
    readonly speed: number;
    /** Boot loader, kernel messages and a login on the screen and keyboard too. */
    readonly screen: boolean;
  };
  readonly disk: {
    /** Where Linux on the board finds its disk; absent where that differs from machine to machine. */
    readonly device?: string;
    readonly table: PartitionTable;
    /** Disk signature: eight hexadecimal digits; root devices are named by it. */
    readonly signature: string;
    /** What the disk image is published as; `img`, the bytes of the disk, is always among them. */
    readonly formats: readonly DiskFormat[];
  };
  /** Kernel module of the hardware watchdog. */
  readonly watchdog?: string;
  /** How the board is emulated. */
  readonly qemu: {
    readonly binary: string;
    readonly machine: string;
    readonly cpu: string;
    /** MiB. */
    readonly memory: number;
    /** What its disk is connected by. */
    readonly disk: EmulatedDisk;
    /** Further devices, as `-device` takes them. */
    readonly devices: readonly string[];
    /** Models of the network cards, in the order of the board's ports. */
    readonly nics: readonly string[];
  };
}

export const instructions = ['sse', 'avx', 'nopl', 'endbr'] as const;
export type Instructions = (typeof instructions)[number];

export const firmwares = ['bios', 'efi'] as const;
export type Firmware = (typeof firmwares)[number];

/** In GRUB's words: the table in the master boot record, or UEFI's. */
export const partitionTables = ['msdos', 'gpt'] as const;
export type PartitionTable = (typeof partitionTables)[number];

export const diskFormats = ['img', 'qcow2'] as const;
export type DiskFormat = (typeof diskFormats)[number];

export const emulatedDisks = ['ide', 'virtio', 'nvme'] as const;
export type EmulatedDisk = (typeof emulatedDisks)[number];

const boards = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'board');

/** Names of all boards: the folders with a board.yaml. */
export async function listBoards(root = boards): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    if ((await readdir(join(root, entry.name))).includes('board.yaml')) names.push(entry.name);
  }
  return names.sort();
}

/** Loads a board by name. Throws a UsageError for an unknown board or a board.yaml that is not right. */
export async function loadBoard(name: string, root = boards): Promise<Board> {
  const names = await listBoards(root);
  if (!names.includes(name)) {
    const near = names.length > 0 ? `; did you mean '${closest(name, names)}'?` : '';
    throw new UsageError(`unknown board '${name}'${near} Boards: ${names.join(', ') || 'none'}`);
  }
  const dir = join(root, name);
  return parseBoard(await readFile(join(dir, 'board.yaml'), 'utf8'), name, dir);
}

/** Checks the text of a board.yaml. Relative paths in it are below the folder of all boards, the parent of `dir`. */
export function parseBoard(text: string, name: string, dir: string): Board {
  const file = `board/${name}/board.yaml`;
  const top = readYaml(text, file);
  const cpu = top.fields('cpu');
  const kernel = top.fields('kernel');
  const serial = top.fields('console');
  const disk = top.fields('disk');
  const qemu = top.fields('qemu');
  const board: Board = {
    name,
    dir,
    title: top.string('title'),
    cpu: {
      arch: cpu.oneOf('arch', ['i386', 'x86_64']),
      march: cpu.string('march', "a name that gcc's -march knows", /^[a-z0-9-]+$/),
      forbid: cpu.strings('forbid', `a list of ${instructions.join(', ')}`, forbidden) as Instructions[],
    },
    kernel: {
      fragments: kernel
        .strings('fragments', 'a list of files below board/', /^\w[\w.-]*(\/\w[\w.-]*)*$/)
        .map((path) => join(dir, '..', path)),
      cmdline: kernel.strings('cmdline', 'a list of kernel parameters without blanks', /^\S+$/),
    },
    firmware: someOf(top, 'firmware', firmwares),
    console: {
      unit: serial.integer('unit', 0, 3),
      speed: serial.oneOf('speed', speeds),
      screen: serial.boolean('screen'),
    },
    disk: {
      ...(disk.has('device') ? { device: disk.string('device', 'a disk, as in /dev/sda', device) } : {}),
      table: disk.oneOf('table', partitionTables),
      signature: disk.string('signature', 'eight hexadecimal digits in quotes, not all zero', signature),
      formats: someOf(disk, 'formats', diskFormats),
    },
    ...(top.has('watchdog') ? { watchdog: top.string('watchdog', 'a module', /^[\w-]+$/) } : {}),
    qemu: {
      binary: qemu.string('binary', 'a program, as in qemu-system-i386', /^qemu-system-[\w-]+$/),
      machine: qemu.string('machine'),
      cpu: qemu.string('cpu'),
      memory: qemu.integer('memory', 32, 65_536),
      disk: qemu.oneOf('disk', emulatedDisks),
      devices: qemu.strings('devices', "a list of QEMU's devices", /^[\w,=.-]+$/),
      nics: qemu.strings('nics', "a list of QEMU's network card models", /^[\w-]+$/),
    },
  };
  for (const fields of [top, cpu, kernel, serial, disk, qemu]) fields.done();
  if (board.firmware.includes('efi') && board.disk.table !== 'gpt')
    disk.refuse('table', board.disk.table, "gpt, since 'firmware' has efi");
  if (!board.disk.formats.includes('img'))
    disk.refuse('formats', board.disk.formats, 'a list with img in it');
  return board;
}

/** A list of some of the choices, each once. */
function someOf<T extends string>(fields: Fields, key: string, choices: readonly T[]): T[] {
  const what = `a list of some of ${choices.join(', ')}, each once`;
  const chosen = fields.strings(key, what, new RegExp(`^(${choices.join('|')})$`)) as T[];
  if (chosen.length === 0 || new Set(chosen).size < chosen.length) fields.refuse(key, chosen, what);
  return chosen;
}

const speeds = [9600, 19_200, 38_400, 57_600, 115_200] as const;
const forbidden = new RegExp(`^(${instructions.join('|')})$`);
const device = /^\/dev\/[a-z]+[a-z0-9]*$/;
const signature = /^(?!0{8})[0-9a-f]{8}$/;
