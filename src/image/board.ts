// SPDX-License-Identifier: MIT
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closest } from 'fastest-levenshtein';
import { UsageError } from './errors.ts';
import { readYaml } from './fields.ts';

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
  /** The serial console: ttyS<unit> at `speed` bit/s, 8N1. */
  readonly console: { readonly unit: number; readonly speed: number };
  /** Where Linux on the board finds its disk. */
  readonly disk: {
    readonly device: string;
    /** MBR disk signature: eight hexadecimal digits; root devices are named by it. */
    readonly signature: string;
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
    /** Models of the network cards, in the order of the board's ports. */
    readonly nics: readonly string[];
  };
}

export const instructions = ['sse', 'avx', 'nopl', 'endbr'] as const;
export type Instructions = (typeof instructions)[number];

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
    console: { unit: serial.integer('unit', 0, 3), speed: serial.oneOf('speed', speeds) },
    disk: {
      device: disk.string('device', 'a disk as Linux names it, as in /dev/sda', /^\/dev\/[a-z]+[a-z0-9]*$/),
      signature: disk.string('signature', 'eight hexadecimal digits in quotes, not all zero', signature),
    },
    ...(top.has('watchdog') ? { watchdog: top.string('watchdog', 'a module', /^[\w-]+$/) } : {}),
    qemu: {
      binary: qemu.string('binary', 'a program, as in qemu-system-i386', /^qemu-system-[\w-]+$/),
      machine: qemu.string('machine'),
      cpu: qemu.string('cpu'),
      memory: qemu.integer('memory', 32, 65_536),
      nics: qemu.strings('nics', "a list of QEMU's network card models", /^[\w-]+$/),
    },
  };
  for (const fields of [top, cpu, kernel, serial, disk, qemu]) fields.done();
  return board;
}

const speeds = [9600, 19_200, 38_400, 57_600, 115_200] as const;
const forbidden = new RegExp(`^(${instructions.join('|')})$`);
const signature = /^(?!0{8})[0-9a-f]{8}$/;
