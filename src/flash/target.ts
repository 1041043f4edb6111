// SPDX-License-Identifier: MIT
/**
 * From a name to a device that is ours alone: found, allowed, unmounted, opened exclusively, and still the one that was
 * shown. A file may stand for a card, for emulators.
 */
import { readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { BuildError, UsageError } from '../image/errors.ts';
import { type BlockDevice, openDevice } from './block-device.ts';
import { type Disk, listDisks } from './device-list.ts';
import { diskFacts, mounts, openBy, program, sysfs } from './this-machine.ts';

export interface Target {
  readonly path: string;
  readonly size: number;
  readonly sectorSize: number;
  /** `SanDisk Ultra, 4.0 GB, usb`: for the question, and for `--fixed`. */
  readonly model: string;
  /** Absent: a file that stands for a card. */
  readonly disk?: Disk;
  /** Changes when another medium is put in (Linux 5.15 and later). */
  readonly medium?: string;
}

export interface TargetRules {
  /** Models of fixed disks that may be written, as typed in. */
  readonly fixed: readonly string[];
}

/** @throws UsageError when the name is none that may be written, with the reason */
export async function findTarget(name: string, rules: TargetRules, signal: AbortSignal): Promise<Target> {
  const path = resolved(name);
  const stat = statSync(path);
  if (stat.isFile()) return { path, size: stat.size, sectorSize: 512, model: 'a file' };
  if (!stat.isBlockDevice()) throw new UsageError(`${name} is neither a disk nor a file`);
  const disks = listDisks(await diskFacts(signal));
  const disk = disks.find((one) => one.path === path);
  if (!disk) throw new UsageError(notADisk(name, path));
  const { size, sectorSize, model } = disk;
  checkAllowed(name, disk, rules);
  const medium = mediumOf(path);
  return { path, size, sectorSize, model, disk, ...(medium === undefined ? {} : { medium }) };
}

function resolved(name: string): string {
  try {
    return realpathSync(name);
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? `there is no ${name}` : (error as Error).message;
    throw new UsageError(why, { cause: error });
  }
}

function notADisk(name: string, path: string): string {
  const parent = wholeDisk(path);
  if (parent !== undefined) return `${name} is a partition; name the whole disk, ${parent}`;
  return `${name} is no disk that can be written: no medium is in it, or it is built from other disks`;
}

/** The disk of a partition, as sysfs has it: the partition's folder lies in the disk's. */
function wholeDisk(path: string): string | undefined {
  try {
    const place = readlinkSync(`/sys/class/block/${basename(path)}`);
    const parent = basename(dirname(place));
    return sysfs(parent, 'size') === undefined ? undefined : `/dev/${parent}`;
  } catch {
    return undefined;
  }
}

function checkAllowed(name: string, { verdict, reason, model }: Disk, { fixed }: TargetRules): void {
  if (verdict === 'refused') throw new UsageError(`${name} ${reason}: it is never written`);
  if (verdict === 'fixed' && model !== 'loop device' && !fixed.includes(model))
    throw new UsageError(
      `${name} ${reason}; if it is a card in an adapter, say --fixed '${model}', which is its model`,
    );
}

function mediumOf(path: string): string | undefined {
  return sysfs(basename(path), 'diskseq');
}

/** Opens a target for writing; its file systems are unmounted first. @throws BuildError with who is in the way */
export async function openTarget(target: Target, signal: AbortSignal): Promise<BlockDevice> {
  if (target.disk) await unmountAll(target.disk, signal);
  const device = await opened(target, true);
  if (target.disk && mediumOf(target.path) !== target.medium) {
    await device.close();
    throw new BuildError(`${target.path}: the card was changed since it was shown; run it again`);
  }
  return device;
}

/** Opens a target for reading; nothing of it is changed, and nothing may be mounted. */
export async function openForVerifying(target: Target): Promise<BlockDevice> {
  return opened(target, false);
}

async function opened({ path, size, disk }: Target, writable: boolean): Promise<BlockDevice> {
  try {
    return await openDevice(path, size, writable, disk !== undefined);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM')
      throw new BuildError(`${path}: this needs root; run the same command with sudo`, { cause: error });
    if (code === 'EBUSY') throw new BuildError(`${path} is in use${usersOf(disk, path)}`, { cause: error });
    if (code === 'EROFS') throw new BuildError(`${path} is write-protected`, { cause: error });
    if (code === 'ENOMEDIUM')
      throw new BuildError(`${path}: there is no card in the reader`, { cause: error });
    throw error;
  }
}

function usersOf(disk: Disk | undefined, path: string): string {
  const mounted = disk ? mounts().filter(({ device }) => disk.devices.includes(device)) : [];
  const users = [...mounted.map(({ point }) => `mounted at ${point}`), ...openBy([path])];
  return users.length > 0 ? `: ${users.join(', ')}` : ' by the kernel (a volume, an array or swap on it)';
}

/** Mounts may lie on top of each other, and one disk may be mounted many times. */
const MOST_MOUNTS = 256;

async function unmountAll(disk: Disk, signal: AbortSignal): Promise<void> {
  for (let tries = 0; tries < MOST_MOUNTS; tries++) {
    const last = mounts().findLast(({ device }) => disk.devices.includes(device));
    if (!last) return;
    await program(['umount', last.point], signal).catch((error: Error) => {
      throw new BuildError(
        `${disk.path} is mounted at ${last.point} and cannot be unmounted: ${error.message}`,
      );
    });
  }
  throw new BuildError(`${disk.path} is mounted again and again; stop what mounts it`);
}

/** Lets the kernel read the new partition table; nothing is lost when it cannot. */
export async function rereadTable({ path, disk }: Target, signal: AbortSignal): Promise<void> {
  if (!disk) return;
  await program(['blockdev', '--flushbufs', path], signal).catch(() => {});
  await program(['blockdev', '--rereadpt', path], signal).catch(() => {});
}
