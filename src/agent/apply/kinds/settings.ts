// SPDX-License-Identifier: MIT
/** Settings below /proc/sys. */
import { KernelError } from '../../kernel.ts';
import {
  type Context,
  type Done,
  type KindOperations,
  nothing,
  type Of,
  type Undo,
  withModule,
} from '../operation.ts';

const PROC_SYS = '/proc/sys/';
/** Folders that a module brings with it, when it is not loaded by something else. */
const MODULES: readonly [folder: string, module: string][] = [['net/ipv4/multipath/', 'plait_core']];
const HOSTNAME = '/proc/sys/kernel/hostname';

export const sysctl: KindOperations<'sysctl'> = {
  add(context, item): Done {
    const module = MODULES.find(([folder]) => item.path.startsWith(folder))?.[1];
    return withModule(context, module, 'ENOENT', () => set(context, item));
  },
  remove({ files, record }, item) {
    const path = `${PROC_SYS}${item.path}`;
    const original = record.sysctls[item.path];
    if (original !== undefined && files.read(path) !== undefined) files.poke(path, original);
    delete record.sysctls[item.path];
    return () => {
      if (original !== undefined) record.sysctls[item.path] = original;
      if (files.read(path) !== undefined) files.poke(path, item.value);
    };
  },
};

function set({ files, record }: Context, item: Of<'sysctl'>): Undo {
  const path = `${PROC_SYS}${item.path}`;
  const before = files.read(path)?.trim();
  if (before === undefined)
    throw new KernelError('ENOENT', `setting ${item.path}: the kernel has no such setting`);
  files.poke(path, item.value);
  const known = Object.hasOwn(record.sysctls, item.path);
  if (!known) record.sysctls[item.path] = before;
  return () => {
    if (!known) delete record.sysctls[item.path];
    // Settings of a device go with the device.
    if (files.read(path) !== undefined) files.poke(path, before);
  };
}

export const hostname: KindOperations<'hostname'> = {
  add({ files }, item) {
    const before = files.read(HOSTNAME)?.trim();
    files.poke(HOSTNAME, item.name);
    return () => {
      if (before !== undefined) files.poke(HOSTNAME, before);
    };
  },
  remove: () => nothing,
};
