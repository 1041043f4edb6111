// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cpioArchive } from '../cpio.ts';
import { sectorSize } from '../disk/layout.ts';
import type { Argv, ExecOptions } from '../stage.ts';

/** What GRUB needs to read the boot state and a kernel out of a squashfs, and to run the script. */
export const grubModules = [
  'biosdisk',
  'part_msdos',
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

export interface GrubTools {
  /** The program grub-mkimage. */
  readonly mkimage: string;
  /** Directory of GRUB's i386-pc modules, with boot.img. */
  readonly modules: string;
  /** Directory of libraries that grub-mkimage needs and the host may lack. */
  readonly libraries: string;
}

/** The first sector of the disk (without its partition table) and what follows it. */
export interface BootLoader {
  readonly boot: Buffer;
  readonly core: Buffer;
}

/**
 * Makes GRUB's boot sector and core image with the script inside, ready to be written at sectors 0 and 1; no
 * grub-install, which wants the real disk. `work` takes the intermediate files.
 */
export async function makeBootLoader(
  tools: GrubTools,
  config: string,
  work: string,
  exec: (argv: Argv, options: ExecOptions) => Promise<void>,
): Promise<BootLoader> {
  const memdisk = join(work, 'memdisk.cpio');
  const core = join(work, 'core.img');
  await writeFile(memdisk, cpioArchive([{ name: 'grub.cfg', data: Buffer.from(config) }], 'newc', 0));
  await exec(
    [
      tools.mkimage,
      ['--directory', tools.modules],
      ['--format', 'i386-pc'],
      ['--output', core],
      ['--memdisk', memdisk],
      ['--prefix', '(memdisk)/'],
      grubModules,
    ],
    { env: { LD_LIBRARY_PATH: tools.libraries } },
  );
  return placeBootLoader(await readFile(join(tools.modules, 'boot.img')), await readFile(core));
}

/** Offsets in boot.img and in core.img's first sector, from GRUB's include/grub/i386/pc/boot.h. */
const bootImage = { driveCheck: 0x66, kernelSector: 0x5c, bootDrive: 0x64 };
const blockList = { start: 0x1f4, sectors: 0x1fc };
const coreStart = 1;

/** Writes into both images where the core lies on the disk: from sector 1 on, in one piece. */
export function placeBootLoader(bootImg: Buffer, coreImg: Buffer): BootLoader {
  const boot = Buffer.from(bootImg);
  const core = Buffer.alloc(Math.ceil(coreImg.length / sectorSize) * sectorSize);
  coreImg.copy(core);
  if (boot.length !== sectorSize || boot.readUInt16LE(510) !== 0xaa55)
    throw new Error('boot.img is not a boot sector of 512 bytes');
  boot.writeBigUInt64LE(BigInt(coreStart), bootImage.kernelSector);
  // Boot from the drive that the BIOS names; two NOPs let the check run that replaces a floppy's number by 0x80.
  boot.writeUInt8(0xff, bootImage.bootDrive);
  boot.writeUInt16LE(0x9090, bootImage.driveCheck);
  core.writeBigUInt64LE(BigInt(coreStart + 1), blockList.start);
  core.writeUInt16LE(core.length / sectorSize - 1, blockList.sectors);
  return { boot, core };
}
