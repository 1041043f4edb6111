// SPDX-License-Identifier: MIT
import { type DiskLayout, gpt, guid, type Partition } from './layout.ts';

/** What a partition is for, as the two kinds of table say it. */
const types: Readonly<Record<Partition['name'], { readonly msdos: string; readonly gpt: string }>> = {
  // No file system that a person should see: "non-FS data", "Linux reserved".
  state: { msdos: 'da', gpt: '8DA63339-0007-60C0-C436-083AC8230908' },
  'slot-a': { msdos: '83', gpt: '0FC63DAF-8483-4772-8E79-3D69D8477DE4' },
  'slot-b': { msdos: '83', gpt: '0FC63DAF-8483-4772-8E79-3D69D8477DE4' },
  data: { msdos: '83', gpt: '0FC63DAF-8483-4772-8E79-3D69D8477DE4' },
  efi: { msdos: 'ef', gpt: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B' },
  'bios-boot': { msdos: 'da', gpt: '21686148-6449-6E6F-744E-656564454649' },
};

/**
 * The partition table as a script for sfdisk, which writes it into an image and leaves the boot code before it alone. All
 * identifiers are given, so that it chooses nothing; writing a GPT with its copy and checksums here would be four times this.
 */
export function sfdiskScript(layout: DiskLayout): string {
  const lines = { msdos: msdosLines, gpt: gptLines }[layout.table](layout);
  return `${lines.join('\n')}\n`;
}

function msdosLines({ signature, partitions }: DiskLayout): string[] {
  return [
    'label: dos',
    `label-id: 0x${signature}`,
    'unit: sectors',
    ...Object.values(partitions).map((partition) => {
      // Some BIOSes start only a disk with an active partition; GRUB does not look at the mark.
      const active = partition.number === 1 ? ', bootable' : '';
      return `${place(partition)}, type=${types[partition.name].msdos}${active}`;
    }),
  ];
}

/** In the protective master boot record nothing is marked active, as UEFI wants it. */
function gptLines(layout: DiskLayout): string[] {
  return [
    'label: gpt',
    `label-id: ${guid(layout, 0)}`,
    'unit: sectors',
    `first-lba: ${gpt.firstFree}`,
    ...Object.values(layout.partitions).map((partition) => {
      const { name, number } = partition;
      return `${place(partition)}, type=${types[name].gpt}, uuid=${guid(layout, number)}, name="plait-${name}"`;
    }),
  ];
}

function place({ number, start, sectors }: Partition): string {
  return `${number} : start=${start}, size=${sectors}`;
}
