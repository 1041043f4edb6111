// SPDX-License-Identifier: MIT
/**
 * Writes a slot so that it can be started only when all of it is there: its first sector, without which nothing can
 * read the file system (GRUB neither), is zeroed first and written last; a medium writes a sector whole or not at all.
 * SWUpdate could write, too; but it begins at the beginning, never flushes, and tells nobody of an error at the end.
 */
import { SECTOR, type Slot } from '../boot-state.ts';
import type { Ports } from '../ports.ts';
import { type BundleHead, slotDevice } from './bundle-head.ts';
import { UpgradeError } from './job-states.ts';
import { copy, hashPart, type ProgramPorts, type Progress, run } from './programs.ts';
import { SPOOL } from './spool.ts';

type Image = Pick<BundleHead, 'offset' | 'size'>;

/** From now on nothing in the slot can be started. */
export function eraseSlot({ disks }: Pick<Ports, 'disks'>, device: string): void {
  disks.writeAt(device, 0, new Uint8Array(SECTOR));
}

/** Returns when the medium has it all, as far as it says so. */
export async function writeSlot(
  ports: ProgramPorts,
  device: string,
  { offset, size }: Image,
  progress: Progress,
): Promise<void> {
  const part = (from: number, length: number) => [
    ...['dd', `if=${SPOOL}`, `of=${device}`, 'bs=65536', 'status=none', 'conv=notrunc,fsync'],
    ...['iflag=skip_bytes,count_bytes,fullblock', `skip=${offset + from}`, `count=${length}`],
    ...['oflag=seek_bytes', `seek=${from}`],
  ];
  const first = Math.min(SECTOR, size);
  if (size > first) await mustCopy(ports, device, part(first, size - first), progress);
  await mustCopy(ports, device, part(0, first), () => undefined);
}

/** Reads the slot back from the medium. */
export async function compareSlot(
  ports: ProgramPorts,
  device: string,
  { offset, size }: Image,
): Promise<void> {
  const flushed = await run(ports, ['blockdev', '--flushbufs', device]);
  if (flushed.code !== 0)
    throw medium(device, flushed.stderr.trim() || `blockdev ended with ${flushed.code}`);
  const compared = await run(ports, ['cmp', '-n', String(size), device, SPOOL, '0', String(offset)]);
  if (compared.code === 0) return;
  throw medium(
    device,
    `it does not give back what was written: ${(compared.stdout + compared.stderr).trim()}`,
  );
}

/** Whether a slot still holds what was installed in it. */
export async function holdsImage(
  ports: ProgramPorts,
  slot: Slot,
  { size, sha256 }: { size: number; sha256: string },
): Promise<boolean> {
  const { stdout } = await hashPart(ports, slotDevice(`slot-${slot}`), 0, size);
  return stdout.startsWith(sha256);
}

async function mustCopy(
  ports: ProgramPorts,
  device: string,
  argv: readonly string[],
  progress: Progress,
): Promise<void> {
  const { code, said, stalled } = await copy(ports, argv, progress);
  if (stalled) throw medium(device, 'it took nothing for a minute');
  if (code !== 0) throw medium(device, said || `dd ended with ${code}`);
}

function medium(device: string, message: string): UpgradeError {
  return new UpgradeError('medium', `${device}: ${message}; the card may be worn out`);
}
