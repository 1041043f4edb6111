// SPDX-License-Identifier: MIT
/** Disks of a board in memory: sticks with a file system each, which the fake programs mount and read. */
import type { RunResult } from '../../../src/agent/ports.ts';

interface Stick {
  /** What `readlink -f` says of it in /sys. */
  device: string;
  /** Of each partition, or of the disk: none that anybody knows. */
  places: Readonly<Record<string, { type?: string; files: Readonly<Record<string, Uint8Array>> }>>;
}

interface Memory {
  readonly ram: Map<string, Uint8Array>;
  readonly files: { put(path: string, text: string | undefined): void };
}

export class Sticks {
  /** Pulled out while it is read. */
  pulled = false;
  readonly #memory: Memory;
  readonly #sticks = new Map<string, Stick>();
  readonly #mounted = new Map<string, string>();

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** Mount points in use. */
  get mounted(): string[] {
    return [...this.#mounted.values()];
  }

  /** `disk`: as in /dev. */
  plug(disk: string, places: Stick['places'], bus = 'usb1/1-1/1-1:1.0/host2'): void {
    this.#sticks.set(disk, { device: `/sys/devices/pci0000:00/${bus}/block/${disk}`, places });
    this.#memory.files.put(`/sys/block/${disk}/size`, '100');
    for (const place of Object.keys(places)) {
      if (place !== disk) this.#memory.files.put(`/sys/block/${disk}/${place}/size`, '99');
      this.#memory.files.put(`/sys/class/block/${place}`, '');
    }
  }

  /** Undefined: a program that has nothing to do with sticks. */
  run([program, ...args]: readonly string[]): RunResult | undefined {
    const answer = (code: number, stdout = '', stderr = '') => ({ code, stdout, stderr });
    const last = args.at(-1) ?? '';
    if (program === 'readlink') {
      const disk = /^\/sys\/block\/(\w+)$/.exec(last)?.[1];
      return answer(0, `${disk === undefined ? '/dev/sda' : this.#sticks.get(disk)?.device}\n`);
    }
    if (program === 'mount' && args[1] !== 'tmpfs') {
      const [, type, , , device = ''] = args;
      const place = device.replace('/dev/', '');
      const found = [...this.#sticks.values()]
        .map(({ places }) => places[place])
        .find((one) => one?.type === type);
      if (found === undefined) return answer(32, '', `mount: ${device}: wrong fs type`);
      this.#mounted.set(place, last);
      for (const [name, bytes] of Object.entries(found.files)) this.#memory.ram.set(`${last}/${name}`, bytes);
      return answer(0);
    }
    if (program === 'umount' && args[0] === '-l') {
      const place = last.replace(/^.*\//, '');
      if (!this.#mounted.delete(place)) return answer(1, '', 'umount: not mounted');
      for (const path of this.#memory.ram.keys())
        if (path.startsWith(`${last}/`)) this.#memory.ram.delete(path);
      return answer(0);
    }
    if (program !== 'find') return undefined;
    const folder = args[0] ?? '';
    const paths = [...this.#memory.ram.keys()].filter(
      (path) => path.startsWith(`${folder}/`) && path.endsWith('.swu'),
    );
    return answer(0, paths.map((path) => `${path}\n`).join(''));
  }

  /** A file is read, which may be on a stick that is pulled out. */
  read(path: string): void {
    const place = this.#mounted.size > 0 ? /^\/run\/plait\/usb\/(\w+)\//.exec(path)?.[1] : undefined;
    if (place === undefined || !this.pulled) return;
    this.#memory.files.put(`/sys/class/block/${place}`, undefined);
    throw new Error(`error reading '${path}': Input/output error`);
  }
}
