// SPDX-License-Identifier: MIT
import { fileURLToPath } from 'node:url';
import { FULL_TRIES } from '../../agent/boot-state.ts';
import { STATION_PARAMETER } from '../../agent/station-start.ts';
import type { Board } from '../board.ts';
import { type DiskLayout, type PartitionName, partUuid } from '../disk/layout.ts';
import { renderTemplate } from '../template.ts';

/** Where the two boot state blocks lie in their partition: this name and 0 or 1. */
export const stateBlock = '/state';

export interface BootFacts {
  readonly layout: DiskLayout;
  readonly console: Board['console'];
  /** Kernel parameters besides the root device and the slot's name. */
  readonly cmdline: readonly string[];
}

/** What the script is rendered from. */
export const grubTemplate = fileURLToPath(new URL('grub.cfg.hbs', import.meta.url));

/** The script that GRUB's core image carries: it chooses a slot, counts its tries and starts its kernel. */
export async function grubConfig({ layout, console, cmdline }: BootFacts): Promise<string> {
  const slot = (name: string, other: string, partition: PartitionName) => ({
    name,
    other,
    partition: layout.partitions[partition].number,
    root: `PARTUUID=${partUuid(layout, partition)}`,
  });
  return await renderTemplate(grubTemplate, {
    state: { file: stateBlock, partition: layout.partitions.state.number },
    tries: {
      full: FULL_TRIES,
      steps: Array.from({ length: FULL_TRIES }, (_, to) => ({ from: to + 1, to })),
    },
    slots: [slot('a', 'b', 'slot-a'), slot('b', 'a', 'slot-b')],
    console,
    table: layout.table,
    kernel: '/boot/vmlinuz',
    cmdline: cmdline.map(grubWord).join(' '),
  });
}

/** The script of the core image that PXE loads. */
export const pxeTemplate = fileURLToPath(new URL('pxe.cfg.hbs', import.meta.url));

/** Files that it asks the station for. */
export const pxeFiles = { core: 'boot.0', kernel: 'vmlinuz', slot: 'slot.squashfs' } as const;

/** Starts kernel and root over the network, into memory; no disk is touched. */
export async function pxeConfig({ console, cmdline }: Omit<BootFacts, 'layout'>): Promise<string> {
  return await renderTemplate(pxeTemplate, {
    ...{ console, files: pxeFiles, parameter: STATION_PARAMETER },
    cmdline: cmdline.map(grubWord).join(' '),
  });
}

/** A kernel parameter as one word of GRUB's script language. */
function grubWord(text: string): string {
  if (/^[\w.,=:/+@-]+$/.test(text)) return text;
  if (text.includes("'"))
    throw new Error(`kernel parameter ${text}: a single quote cannot be passed by GRUB`);
  return `'${text}'`;
}
