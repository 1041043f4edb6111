// SPDX-License-Identifier: MIT
/** What starts the boot loader of an emulated board. The BIOS is the emulator's own, SeaBIOS; UEFI is OVMF. */
import type { Firmware } from '../image/board.ts';

/** OVMF with room for variables in one file; they are forgotten when the emulator ends. */
export const efiFirmware = '/usr/share/ovmf/OVMF.fd';

/** Debian packages of an emulator with such firmware. */
export function emulatorPackages(firmware: Firmware): string[] {
  return firmware === 'efi' ? ['ovmf', 'qemu-system-x86'] : ['qemu-system-x86'];
}
