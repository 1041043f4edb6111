// SPDX-License-Identifier: MIT
/**
 * Where a bundle is kept while it is installed: a file system in RAM of its own, so that a bundle without end fills nothing
 * else. What is checked there is what is written: nobody else can change it.
 */
import type { Ports } from '../ports.ts';
import { HEAD_LENGTH } from './bundle-head.ts';
import { UpgradeError } from './job-states.ts';
import { type ProgramPorts, run } from './programs.ts';

export const SPOOL_FOLDER = '/run/plait/upgrade';
export const SPOOL = `${SPOOL_FOLDER}/bundle.swu`;

/** Must be left to the board while a bundle is in RAM. */
const RESERVE = 64 * 1024 * 1024;
const BLOCK = 64 * 1024;
const MB = 1_000_000;

export type SpoolPorts = ProgramPorts & Pick<Ports, 'disks'>;

/** Frees the RAM. */
export async function dropSpool(ports: ProgramPorts): Promise<void> {
  await ports.processes.run(['umount', SPOOL_FOLDER]);
}

/** The first bytes of the bundle that was received. */
export function readHead({ disks }: SpoolPorts, size: number): Uint8Array {
  return disks.readAt(SPOOL, 0, Math.min(size, HEAD_LENGTH));
}

/** An empty one, for a file of `limit` bytes. */
export async function makeSpool(ports: ProgramPorts, limit: number): Promise<void> {
  ports.files.makeFolder(SPOOL_FOLDER, 0o700);
  // What an upgrade could not free, or an agent that ended.
  await dropSpool(ports);
  // A little more than the limit, so that what is too large is told from a full disk.
  const options = `size=${limit + 4 * BLOCK},mode=700,nosuid,nodev,noexec`;
  const { code, stderr } = await ports.processes.run([
    ...['mount', '-t', 'tmpfs', '-o', options],
    ...['plait-upgrade', SPOOL_FOLDER],
  ]);
  if (code !== 0)
    throw new UpgradeError(
      'internal',
      `no room in RAM can be had: ${stderr.trim() || `mount ended with ${code}`}`,
    );
}

/** Throws an UpgradeError when too little RAM would be left to the board. */
export function mustFit({ files }: ProgramPorts, size: number): void {
  const available =
    1024 * Number(/^MemAvailable:\s+(\d+)/m.exec(files.read('/proc/meminfo') ?? '')?.[1] ?? 0);
  if (available >= size + RESERVE) return;
  throw new UpgradeError(
    'no-memory',
    `${inMb(available)} MB of RAM are available; the bundle takes ${inMb(size)} MB, and ${inMb(RESERVE)} MB must be left`,
  );
}

/** Of the bundle so far. */
export async function spooledSize(ports: ProgramPorts): Promise<number> {
  const { code, stdout } = await run(ports, ['stat', '-c', '%s', SPOOL]);
  return code === 0 ? Number(stdout.trim()) : 0;
}

/** SHA-256 of the bundle. */
export async function spooledHash(ports: ProgramPorts): Promise<string> {
  const { stdout } = await run(ports, ['sha256sum', SPOOL]);
  const found = /^[0-9a-f]{64}/.exec(stdout)?.[0];
  if (found === undefined) throw new UpgradeError('internal', `sha256sum gave no hash of ${SPOOL}`);
  return found;
}

export function inMb(bytes: number): string {
  return (bytes / MB).toFixed(1);
}
