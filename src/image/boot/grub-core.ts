// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Firmware, PartitionTable } from '../board.ts';
import { cpioArchive } from '../cpio.ts';
import { sectorSize } from '../disk/layout.ts';
import type { Argv, ExecOptions } from '../stage.ts';

/** What GRUB needs to read the boot state and a kernel out of a squashfs, and to run the script. */
const commonModules = [
  'fat',
  'squash4',
  'xzio',
  'gcry_crc',
  'loadenv',
  'linux',
  'memdisk',
  'newc',
  'normal',
  'serial',
  'terminal',
  'test',
  'true',
  'regexp',
  'echo',
  'sleep',
  'reboot',
  'boot',
] as const;

/** Drivers: disks are the firmware's; the screen of UEFI is a frame buffer, which the kernel is told of. */
const firmwareModules: Readonly<Record<Firmware, readonly string[]>> = {
  bios: ['biosdisk'],
  efi: ['efi_gop', 'efi_uga'],
};

/** No disk is looked at: the firmware's network driver, TFTP, and what starts a kernel. */
const pxeModules = [
  ...['pxe', 'net', 'tftp', 'linux', 'memdisk', 'newc', 'normal'],
  ...['serial', 'terminal', 'test', 'echo', 'sleep', 'reboot', 'boot'],
] as const;

/** GRUB's names for what it runs on. */
export const grubFormats: Readonly<Record<Firmware, string>> = { bios: 'i386-pc', efi: 'x86_64-efi' };

export interface GrubTools {
  /** The program grub-mkimage. */
  readonly mkimage: string;
  /** Directories of GRUB's modules for each firmware; that for a BIOS has boot.img. */
  readonly modules: Readonly<Partial<Record<Firmware, string>>>;
  /** Directory of libraries that grub-mkimage needs and the host may lack. */
  readonly libraries: string;
}

/** The first sector of the disk (without its partition table) and what follows it. */
export interface BootLoader {
  readonly boot: Buffer;
  readonly core: Buffer;
}

/** What GRUB's images are made of; `work` takes the intermediate files. */
export interface GrubParts {
  readonly tools: GrubTools;
  /** The script inside. */
  readonly config: string;
  readonly table: PartitionTable;
  readonly work: string;
  readonly exec: (argv: Argv, options: ExecOptions) => Promise<void>;
}

/**
 * GRUB's boot sector and core image with the script inside, the latter ready to be written at sector `start`; no
 * grub-install, which wants the real disk.
 */
export async function makeBiosLoader(parts: GrubParts, start: number): Promise<BootLoader> {
  const core = await makeImage(parts, 'bios');
  return placeBootLoader(await readFile(join(modulesFor(parts.tools, 'bios'), 'boot.img')), core, start);
}

/** GRUB with the script inside as the one program that UEFI starts. */
export async function makeEfiLoader(parts: GrubParts): Promise<Buffer> {
  return await makeImage(parts, 'efi');
}

/** GRUB with the script inside as the one file that a network card's PXE loads and starts; what it loads comes by TFTP. */
export async function makePxeLoader(parts: Omit<GrubParts, 'table'>): Promise<Buffer> {
  return await packImage(parts, {
    ...{ firmware: 'bios', format: `${grubFormats.bios}-pxe`, name: 'pxe' },
    modules: pxeModules,
  });
}

function makeImage({ table, ...parts }: GrubParts, firmware: Firmware): Promise<Buffer> {
  const modules = [...firmwareModules[firmware], `part_${table}`, ...commonModules];
  return packImage(parts, { firmware, format: grubFormats[firmware], name: firmware, modules });
}

interface Image {
  /** Whose modules. */
  readonly firmware: Firmware;
  readonly format: string;
  readonly name: string;
  readonly modules: readonly string[];
}

async function packImage(
  { tools, config, work, exec }: Omit<GrubParts, 'table'>,
  { firmware, format, name, modules }: Image,
): Promise<Buffer> {
  const memdisk = join(work, `${name}.cpio`);
  const image = join(work, name);
  await writeFile(memdisk, cpioArchive([{ name: 'grub.cfg', data: Buffer.from(config) }], 'newc', 0));
  await exec(
    [
      tools.mkimage,
      ['--directory', modulesFor(tools, firmware)],
      ['--format', format],
      ['--output', image],
      ['--memdisk', memdisk],
      ['--prefix', '(memdisk)/'],
      modules,
    ],
    { env: { LD_LIBRARY_PATH: tools.libraries } },
  );
  return await readFile(image);
}

function modulesFor({ modules }: GrubTools, firmware: Firmware): string {
  const found = modules[firmware];
  if (found === undefined) throw new Error(`GRUB's modules for ${firmware} are not there`);
  return found;
}

/** Offsets in boot.img and in core.img's first sector, from GRUB's include/grub/i386/pc/boot.h. */
const bootImage = { driveCheck: 0x66, kernelSector: 0x5c, bootDrive: 0x64 };
const blockList = { start: 0x1f4, sectors: 0x1fc };

/** Writes into both images where the core lies on the disk: from sector `start` on, in one piece. */
export function placeBootLoader(bootImg: Buffer, coreImg: Buffer, start: number): BootLoader {
  const boot = Buffer.from(bootImg);
  const core = Buffer.alloc(Math.ceil(coreImg.length / sectorSize) * sectorSize);
  coreImg.copy(core);
  if (boot.length !== sectorSize || boot.readUInt16LE(510) !== 0xaa55)
    throw new Error('boot.img is not a boot sector of 512 bytes');
  boot.writeBigUInt64LE(BigInt(start), bootImage.kernelSector);
  // Boot from the drive that the BIOS names; two NOPs let the check run that replaces a floppy's number by 0x80.
  boot.writeUInt8(0xff, bootImage.bootDrive);
  boot.writeUInt16LE(0x9090, bootImage.driveCheck);
  core.writeBigUInt64LE(BigInt(start + 1), blockList.start);
  core.writeUInt16LE(core.length / sectorSize - 1, blockList.sectors);
  return { boot, core };
}
