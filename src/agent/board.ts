// SPDX-License-Identifier: MIT
/** What the agent knows of its board: facts written by the image pipeline, and the ports the kernel found. */
import type { Slot } from './boot-state.ts';
import type { Kernel } from './kernel.ts';
import { ARPHRD_ETHER } from './netlink/rtnl/link.ts';
import { BOARD, CMDLINE, DATA_DEVICE, DISK } from './paths.ts';
import type { Files } from './ports.ts';
import { stationStart } from './station-start.ts';

/** Whatever is absent the board does not have; the agent does without. */
export interface Board {
  name: string;
  /** Link made by the boot script, else the device named by the pipeline. */
  disk?: string;
  bootStateBlocks?: [number, number];
  data?: { partition: number; device: string };
  /** Bytes that a slot's system may have. */
  slotLimit?: number;
  /** Bundles of older versions are refused, whatever is asked for. */
  minVersion?: string;
  /** Kernel module of the hardware watchdog. */
  watchdog?: string;
  /** Ethernet ports in the board's order, where the kernel's own order will not do. */
  ports?: string[];
  /** Milliseconds in which a new firmware must prove itself, where the usual time will not do. */
  proofTime?: number;
  /** Slot that is running. */
  slot?: Slot;
}

export function readBoard(files: Files): Board {
  const facts = readJson(files, BOARD);
  const layout = record(facts.disklayout);
  const board: Board = { name: typeof facts.board === 'string' ? facts.board : PLAIT_BOARD };
  const linked = files.list(folderOf(DISK)).includes('disk');
  // A board without a disk is one that was started over the network.
  const disk = linked ? DISK : stationStart(files) === undefined ? facts.disk : undefined;
  if (typeof disk === 'string') board.disk = disk;
  const blocks = layout.bootStateBlocks;
  if (Array.isArray(blocks) && blocks.length === 2 && blocks.every((block) => Number.isInteger(block))) {
    board.bootStateBlocks = [blocks[0], blocks[1]];
  }
  const partition = record(layout.data).partition;
  if (typeof partition === 'number') board.data = { partition, device: DATA_DEVICE };
  if (typeof layout.slotLimit === 'number') board.slotLimit = layout.slotLimit;
  if (typeof facts.minVersion === 'string') board.minVersion = facts.minVersion;
  if (typeof facts.watchdog === 'string') board.watchdog = facts.watchdog;
  if (Array.isArray(facts.ports)) board.ports = facts.ports.filter((port) => typeof port === 'string');
  if (typeof facts.proofSeconds === 'number') board.proofTime = facts.proofSeconds * 1000;
  const slot = files.read(CMDLINE)?.match(/(?:^|\s)plait\.slot=([ab])(?:\s|$)/)?.[1];
  if (slot === 'a' || slot === 'b') board.slot = slot;
  return board;
}

/** Ethernet ports that are there now, in the order of their numbers or that of the board's facts. */
export function portsOf(board: Board, kernel: Kernel): string[] {
  const links = kernel.links();
  if (board.ports !== undefined) return board.ports.filter((port) => links.some(({ name }) => name === port));
  return links
    .filter((link) => link.info === undefined && link.arphrd === ARPHRD_ETHER)
    .map((link) => link.name)
    .sort((a, b) => a.replace(/\d+$/, '').localeCompare(b.replace(/\d+$/, '')) || number(a) - number(b));
}

function number(name: string): number {
  return Number(name.match(/\d+$/)?.[0] ?? 0);
}

function readJson(files: Files, path: string): Record<string, unknown> {
  try {
    return record(JSON.parse(files.read(path) ?? '{}'));
  } catch {
    return {};
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
