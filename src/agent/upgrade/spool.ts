// SPDX-License-Identifier: MIT
/**
 * Where a bundle is kept while it is installed: a file system in RAM of its own, so that a bundle without end fills nothing
 * else. What is checked there is what is written: nobody else can change it.
 */
import type { Ports } from '../ports.ts';
import { HEAD_LENGTH } from './bundle-head.ts';
import { UpgradeError } from './job-states.ts';
import { type CopyResult, copy, type ProgramPorts, run } from './programs.ts';

export const SPOOL_FOLDER = '/run/plait/upgrade';
export const SPOOL = `${SPOOL_FOLDER}/bundle.swu`;

/** What a bundle may have beside the slot's image. */
const OVERHEAD = 1_000_000;
/** Must be left to the board while a bundle is in RAM. */
const RESERVE = 64 * 1024 * 1024;
const BLOCK = 64 * 1024;
const MB = 1_000_000;
/** Seconds without a byte after which a download is broken off. */
const SILENCE = 20;
/** So often in a row nothing may come, with a pause (ms) in between. */
const TRIES = 3;
const PAUSE = 2000;

/** Kinds of files, of stat's st_mode. */
const KIND = 0xf000;
const [FIFO, DEVICE, FOLDER, REGULAR, SOCKET] = [0x1000, 0x2000, 0x4000, 0x8000, 0xc000];

export type SpoolPorts = ProgramPorts & Pick<Ports, 'disks'>;

export interface Received {
  size: number;
  sha256: string;
}

/** Where a bundle comes from. `name` is what the user calls it. */
export interface Origin {
  /** An absolute path, also of a pipe, or a URL that begins with http:// */
  path: string;
  name: string;
}

type Tell = (done: number, total?: number) => void;

/** Copies a bundle into RAM. `slotLimit`: of a slot's image, in bytes. */
export async function receive(
  ports: SpoolPorts,
  from: Origin,
  slotLimit: number,
  progress: Tell,
): Promise<Received> {
  const limit = slotLimit + OVERHEAD;
  const size = await (isUrl(from.path) ? download : readFile)(ports, from, limit, progress);
  return { size, sha256: await hash(ports, SPOOL) };
}

export function isUrl(path: string): boolean {
  return path.startsWith('http://');
}

async function readFile(ports: SpoolPorts, from: Origin, limit: number, progress: Tell): Promise<number> {
  const expected = await expectedSize(ports, from);
  if (expected !== undefined && expected > limit) throw tooLarge(from.name, limit, expected);
  mustFit(ports, expected ?? limit);
  await makeSpool(ports, limit);
  const count = Math.floor(limit / BLOCK) + 1;
  const how = ['bs=65536', `count=${count}`, 'iflag=fullblock', 'status=none'];
  const result = await copy(ports, ['dd', `if=${from.path}`, `of=${SPOOL}`, ...how], (done) =>
    progress(done, expected),
  );
  const size = await sizeOf(ports, SPOOL);
  if (size > limit) throw tooLarge(from.name, limit);
  mustHaveCome(result, from.name, size, expected);
  return size;
}

/** Goes on where it was broken off, as long as something comes in between. */
async function download(ports: SpoolPorts, from: Origin, limit: number, progress: Tell): Promise<number> {
  mustFit(ports, limit);
  await makeSpool(ports, limit);
  const wget = ['wget', '-q', '-c', '-T', String(SILENCE), '-O', SPOOL, from.path];
  let before = 0;
  for (let inVain = 0; ; ) {
    const { code, said, stalled } = await copy(ports, wget, progress, (pid) => farthest(ports, pid));
    const size = await sizeOf(ports, SPOOL);
    if (size > limit) throw tooLarge(from.name, limit);
    if (code === 0 && size > 0) return size;
    inVain = size > before ? 0 : inVain + 1;
    if (inVain >= TRIES || stalled)
      throw notReceived(
        `${from.name} cannot be fetched: ${said || `wget ended with ${code}`} (${size} bytes came)`,
      );
    before = size;
    await new Promise<void>((resolve) => ports.clock.after(PAUSE, resolve));
  }
}

/** The highest position of a program in one of its files: what it writes grows, pipes and sockets stay at 0. */
function farthest({ files }: ProgramPorts, pid: number): number | undefined {
  const folder = `/proc/${pid}/fdinfo`;
  try {
    const positions = files
      .list(folder)
      .map((fd) => Number(/^pos:\s*(\d+)$/m.exec(files.read(`${folder}/${fd}`) ?? '')?.[1] ?? 0));
    return Math.max(0, ...positions);
  } catch {
    return undefined;
  }
}

/** Frees the RAM. */
export async function dropSpool(ports: ProgramPorts): Promise<void> {
  await ports.processes.run(['umount', SPOOL_FOLDER]);
}

/** The first bytes of the bundle that was received. */
export function readHead({ disks }: SpoolPorts, size: number): Uint8Array {
  return disks.readAt(SPOOL, 0, Math.min(size, HEAD_LENGTH));
}

async function makeSpool(ports: ProgramPorts, limit: number): Promise<void> {
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

/** Undefined for a pipe. Refuses what no bundle can be read from. */
async function expectedSize(ports: ProgramPorts, { path, name }: { path: string; name: string }) {
  const { code, stdout } = await run(ports, ['stat', '-L', '-c', '%f %s', path]);
  const [mode = '', size = ''] = stdout.trim().split(' ');
  if (code !== 0) throw notReceived(`there is no file ${name}`);
  switch (Number.parseInt(mode, 16) & KIND) {
    case REGULAR:
      return Number(size);
    case FIFO:
      return undefined;
    case FOLDER:
      throw notReceived(`${name} is a folder`);
    case SOCKET:
      throw notReceived(`${name} is a socket; put "cat |" before plaitctl`);
    case DEVICE:
      throw notReceived(`${name} is a terminal or another device; a bundle comes from a file or a pipe`);
    default:
      throw notReceived(`${name} is not a file`);
  }
}

function mustFit({ files }: ProgramPorts, size: number): void {
  const available =
    1024 * Number(/^MemAvailable:\s+(\d+)/m.exec(files.read('/proc/meminfo') ?? '')?.[1] ?? 0);
  if (available >= size + RESERVE) return;
  throw new UpgradeError(
    'no-memory',
    `${inMb(available)} MB of RAM are available; the bundle takes ${inMb(size)} MB, and ${inMb(RESERVE)} MB must be left`,
  );
}

function mustHaveCome(
  { code, said, stalled }: CopyResult,
  name: string,
  size: number,
  expected?: number,
): void {
  if (stalled) throw notReceived(`nothing more came from ${name} for a minute, after ${size} bytes`);
  if (code !== 0) throw notReceived(`${name} cannot be read: ${said || `dd ended with ${code}`}`);
  if (size === 0) throw notReceived(`${name} is empty`);
  if (expected !== undefined && size !== expected)
    throw notReceived(`${name} changed while it was read: ${size} bytes instead of ${expected}`);
}

async function sizeOf(ports: ProgramPorts, path: string): Promise<number> {
  const { code, stdout } = await run(ports, ['stat', '-c', '%s', path]);
  return code === 0 ? Number(stdout.trim()) : 0;
}

async function hash(ports: ProgramPorts, path: string): Promise<string> {
  const { stdout } = await run(ports, ['sha256sum', path]);
  const found = /^[0-9a-f]{64}/.exec(stdout)?.[0];
  if (found === undefined) throw new UpgradeError('internal', `sha256sum gave no hash of ${path}`);
  return found;
}

function tooLarge(name: string, limit: number, size?: number): UpgradeError {
  const has = size === undefined ? 'is' : `has ${inMb(size)} MB, which is`;
  return new UpgradeError(
    'too-large',
    `${name} ${has} more than the ${inMb(limit)} MB that a bundle may have`,
  );
}

function notReceived(message: string): UpgradeError {
  return new UpgradeError('not-received', message);
}

export function inMb(bytes: number): string {
  return (bytes / MB).toFixed(1);
}
