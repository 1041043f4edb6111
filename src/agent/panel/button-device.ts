// SPDX-License-Identifier: MIT
/** Finds the board's button among the kernel's input devices: by what it is, since their numbers change. */
import type { Files } from '../ports.ts';

const DEVICES = '/proc/bus/input/devices';
const ARCH = '/proc/sys/kernel/arch';
/**
 * KEY_RESTART (ALIX, and APU by the kernel's drivers: geode-common.c, pcengines-apuv2.c) and BTN_1 (APU, by the ACPI tables of
 * coreboot), of input-event-codes.h.
 */
const CODES = [0x198, 0x101];
/** `gpio-keys-polled`, `apu2-keys`; PRP0001 is any device that ACPI describes as a device tree would. */
const NAME = /^N: Name="(?:gpio-keys|apu\d?-keys|PRP0001)/m;

export interface ButtonDevice {
  /** Absent: its device file is not there, as before the module evdev is loaded. */
  readonly path?: string;
  readonly code: number;
}

/** A keyboard may have such a key, too, among many others; the button has no other. */
export function findButton(files: Files): ButtonDevice | undefined {
  const bits = wordBytes(files) * 8;
  for (const block of (files.read(DEVICES) ?? '').split('\n\n')) {
    const keys = keysOf(block, bits);
    const [code = 0] = keys;
    if (!NAME.test(block) || keys.length !== 1 || !CODES.includes(code)) continue;
    const event = /^H: Handlers=.*\b(event\d+)\b/m.exec(block)?.[1];
    return { code, ...(event === undefined ? {} : { path: `/dev/input/${event}` }) };
  }
  return undefined;
}

/** Of the kernel's machine word. */
export function wordBytes(files: Files): number {
  return files.read(ARCH)?.trim() === 'x86_64' ? 8 : 4;
}

/** Codes of its keys. The kernel prints a bit map, word by word, the highest first and without zeros in front. */
function keysOf(block: string, bits: number): number[] {
  const words = /^B: KEY=([0-9a-f ]+)$/m.exec(block)?.[1]?.trim().split(' ').reverse() ?? [];
  const digits = words.flatMap((word, index) =>
    [...word]
      .reverse()
      .map((digit, place) => ({ first: index * bits + place * 4, value: Number(`0x${digit}`) })),
  );
  return digits.flatMap(({ first, value }) =>
    [0, 1, 2, 3].filter((bit) => (value >> bit) & 1).map((bit) => first + bit),
  );
}
