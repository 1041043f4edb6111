// SPDX-License-Identifier: MIT
/** The contract of `kinds/`: one file says how items of its kinds are made, changed and taken down. */
import { type Kernel, KernelError } from '../kernel.ts';
import { loadingModule } from '../load-module.ts';
import type { Link } from '../netlink/rtnl/link.ts';
import { errorCode, type Files, type Processes } from '../ports.ts';
import type { StateItem } from './items.ts';
import type { ApplyRecord } from './record.ts';
import type { ServiceControl } from './services.ts';

export interface OperationPorts {
  kernel: Kernel;
  files: Files;
  processes: Processes;
  services: ServiceControl;
  /** Changed as operations are done and undone. */
  record: ApplyRecord;
}

export interface Context extends OperationPorts {
  devices: Devices;
}

export type Undo = () => Promise<void> | void;
/** The way back, at once or when the operation is done. */
export type Done = Promise<Undo> | Undo;

export type Of<K extends StateItem['kind']> = Extract<StateItem, { kind: K }>;

/** Each operation either throws and has done nothing, or is done and gives its own undoing. */
export interface KindOperations<K extends StateItem['kind']> {
  add(context: Context, item: Of<K>): Done;
  /** What is gone already counts as taken down. */
  remove(context: Context, item: Of<K>): Done;
  /** Absent: adding the new one sets it in place of the old one. */
  change?(context: Context, from: Of<K>, to: Of<K>): Done;
}

/** Devices by name, as the kernel has them now. */
export class Devices {
  #kernel: Kernel;
  #indexes: Map<string, number> | undefined;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  link(name: string): Link {
    const link = this.#kernel.links().find((candidate) => candidate.name === name);
    if (link === undefined) throw noDevice(name);
    return link;
  }

  index(name: string): number {
    this.#indexes ??= new Map(this.#kernel.links().map((link) => [link.name, link.index]));
    const index = this.#indexes.get(name);
    if (index === undefined) throw noDevice(name);
    return index;
  }

  /** To be called when devices were made or deleted. */
  changed(): void {
    this.#indexes = undefined;
  }
}

/** What the kernel says of a thing that is not there (any more): taking it down is done then. */
const GONE = new Set(['ENOENT', 'ESRCH', 'ENODEV', 'EADDRNOTAVAIL', 'ENXIO']);

/** Takes down what is there; what is not there needs no undoing. */
export function unlessGone(takeDown: () => void, undo: Undo): Undo {
  try {
    takeDown();
    return undo;
  } catch (error) {
    if (GONE.has(errorCode(error) ?? '')) return nothing;
    throw error;
  }
}

export function tolerateGone(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!GONE.has(errorCode(error) ?? '')) throw error;
  }
}

/** Without a module, only what the kernel has. */
export function withModule(
  { processes }: Context,
  module: string | undefined,
  missing: string,
  act: () => Undo,
): Done {
  return module === undefined ? act() : loadingModule(processes, module, missing, act);
}

export function nothing(): void {}

function noDevice(name: string): Error {
  return new KernelError('ENODEV', `there is no device ${name}`);
}
