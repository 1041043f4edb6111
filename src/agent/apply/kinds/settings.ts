// SPDX-License-Identifier: MIT
/** Settings below /proc/sys. */
import type { KindOperations } from '../operation.ts';
import { nothing } from '../operation.ts';

const PROC_SYS = '/proc/sys/';
const HOSTNAME = '/proc/sys/kernel/hostname';

export const sysctl: KindOperations<'sysctl'> = {
  add({ files, record }, item) {
    const path = `${PROC_SYS}${item.path}`;
    const before = files.read(path)?.trim();
    if (before === undefined) throw new Error(`setting ${item.path}: the kernel has no such setting`);
    files.poke(path, item.value);
    const known = Object.hasOwn(record.sysctls, item.path);
    if (!known) record.sysctls[item.path] = before;
    return () => {
      if (!known) delete record.sysctls[item.path];
      // Settings of a device go with the device.
      if (files.read(path) !== undefined) files.poke(path, before);
    };
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
