// SPDX-License-Identifier: MIT
/** How a bundle comes into RAM: from a file, a pipe, or an HTTP server. */

import { sleep } from '../sleep.ts';
import { UpgradeError } from './job-states.ts';
import { type CopyResult, copy, type ProgramPorts, run } from './programs.ts';
import { inMb, makeSpool, mustFit, SPOOL, type SpoolPorts, spooledHash, spooledSize } from './spool.ts';

/** What a bundle may have beside the slot's image. */
const OVERHEAD = 1_000_000;
/** Seconds without a byte after which a download is broken off. */
const SILENCE = 20;
/** So often in a row nothing may come, with a pause (ms) in between. */
const TRIES = 3;
const PAUSE = 2000;
/** Small, so that a slow line is seen to move. */
const BLOCK = 4096;

/** Kinds of files, of stat's st_mode. */
const KIND = 0xf000;
const [FIFO, DEVICE, FOLDER, REGULAR, SOCKET] = [0x1000, 0x2000, 0x4000, 0x8000, 0xc000];

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

/** Bytes that a bundle may have, for a slot's image of at most `slotLimit`. */
export function bundleLimit(slotLimit: number): number {
  return slotLimit + OVERHEAD;
}

/** Copies a bundle into RAM. `slotLimit`: of a slot's image, in bytes. */
export async function receive(
  ports: SpoolPorts,
  from: Origin,
  slotLimit: number,
  progress: Tell,
): Promise<Received> {
  const limit = bundleLimit(slotLimit);
  const size = await (isUrl(from.path) ? download : readFile)(ports, from, limit, progress);
  return { size, sha256: await spooledHash(ports) };
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
  const how = [`bs=${BLOCK}`, `count=${count}`, 'iflag=fullblock', 'status=none'];
  const result = await copy(ports, ['dd', `if=${from.path}`, `of=${SPOOL}`, ...how], (done) =>
    progress(done, expected),
  );
  const size = await spooledSize(ports);
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
    const size = await spooledSize(ports);
    if (size > limit) throw tooLarge(from.name, limit);
    if (code === 0 && size > 0) return size;
    inVain = size > before ? 0 : inVain + 1;
    if (inVain >= TRIES || stalled)
      throw notReceived(
        `${from.name} cannot be fetched: ${said || `wget ended with ${code}`} (${size} bytes came)`,
      );
    before = size;
    await sleep(ports.clock, PAUSE);
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
