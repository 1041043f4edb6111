// SPDX-License-Identifier: MIT
/** The serial ports of this machine that a board may be at. */
import { readdirSync, readFileSync } from 'node:fs';

/** USB adapters first. */
export function serialPorts(dev = '/dev', sys = '/sys/class/tty'): string[] {
  const names = readdirSync(dev).filter((name) => /^tty(USB|ACM|AMA|S)\d+$/.test(name));
  const usable = names.filter((name) => !/^ttyS/.test(name) || isReal(`${sys}/${name}/type`));
  const rank = (name: string) => (isUsb(name) ? 0 : 1);
  return usable
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => `${dev}/${name}`);
}

export function isUsb(path: string): boolean {
  return /tty(USB|ACM)\d+$/.test(path);
}

/** The kernel makes ports ttyS0 to ttyS3 whether there are any; type 0 is none. */
function isReal(file: string): boolean {
  try {
    return readFileSync(file, 'utf8').trim() !== '0';
  } catch {
    return false;
  }
}
