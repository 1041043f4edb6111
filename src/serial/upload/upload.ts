// SPDX-License-Identifier: MIT
/**
 * Brings a file into the memory of a board over its serial console, in chunks. What is there of it stays there when the
 * transfer is broken off, until the board restarts, or another file is brought.
 */
import { ConsoleError, PortGone } from '../errors.ts';
import { quote, type Shell } from '../shell.ts';
import { CHUNK, type Chunks, chunksOf } from './chunks.ts';
import { lineTime, PACE, type Pace, Receiver, type ReceiverOptions, TransferFailed } from './receiver.ts';

/** Bits per second that a slower line is raised to while bytes are sent. */
export const FAST = 115_200;
/** Seconds from the last byte of a chunk to the first of the next: two hashes, three programs, and an answer. */
export const TURN = 0.06;
/** Bytes that must be left to a board, as in src/agent/upgrade/spool.ts. */
const RESERVE = 64 * 1024 * 1024;

export interface UploadOptions {
  readonly say: (text: string) => void;
  readonly signal?: AbortSignal;
  /** Called after each chunk with the bytes of the file that are there. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Leave the line's speed as it is. Default: false. */
  readonly keepSpeed?: boolean;
  /** Bytes of RAM that are needed besides, for what is done with the file. Default: none. */
  readonly beside?: number;
  /** Bytes of a chunk. Default: CHUNK. */
  readonly chunk?: number;
  /** Default: PACE. */
  readonly pace?: Pace;
}

export interface Upload {
  /** Folder on the board. */
  readonly folder: string;
  /** A command there whose output is the file. */
  readonly command: string;
  /** Bytes of the file that were there before. */
  readonly found: number;
  /** Bits per second at which it was sent. */
  readonly speed: number;
}

/** It does not fit into the board's memory. */
export class NoRoom extends ConsoleError {
  override name = 'NoRoom';
}

/**
 * @throws NoRoom before anything is sent; TransferFailed, PortGone: the same call goes on where it ended; ConsoleError, as when
 * the signal aborts
 */
export async function upload(shell: Shell, file: Buffer, options: UploadOptions): Promise<Upload> {
  const { say, signal, beside = 0, chunk = CHUNK } = options;
  const asked = signal && { signal };
  const chunks = chunksOf(file, chunk);
  const folder = await shell.value(folderCommand(chunks.sha256), asked);
  const here = await present(shell, folder, chunks, signal);
  const found = bytesOf(chunks, here);
  await mustFit(shell, folder, { file: chunks.size - found, beside }, signal);
  const ownSpeed = Number(await shell.value('stty speed', asked));
  if (found > 0) say(`${inMb(found)} of ${inMb(chunks.size)} MB are there already.`);
  const speed =
    here.size < chunks.pieces.size
      ? await sendMissing(shell, folder, chunks, here, ownSpeed, options)
      : ownSpeed;
  const command = `(cd ${quote(folder)} && while read -r h; do cat "$h" || exit; done <${chunks.listHash})`;
  const [sum] = (await shell.value(`${command} | sha256sum`, asked)).split(' ');
  if (sum === chunks.sha256) return { folder, command, found, speed };
  await dropUpload(shell, folder);
  throw new TransferFailed("What lies in the board's memory is damaged, and was removed.");
}

/** Frees the board's memory. */
export async function dropUpload(shell: Shell, folder: string): Promise<void> {
  await shell.run(`rm -rf ${quote(folder)}`);
}

/** Seconds that the transfer takes. */
export function transferTime(bytes: number, chunks: number, speed: number): number {
  return lineTime(bytes, speed) + chunks * TURN;
}

/** A folder for this file alone, of this user alone; those of other files are removed. */
function folderCommand(hash: string): string {
  return [
    `d=\${TMPDIR:-/tmp}; f=$d/plait-upload-${hash.slice(0, 16)}`,
    'for o in "$d"/plait-upload-*; do [ "$o" = "$f" ] || rm -rf "$o"; done',
    'mkdir -m 700 "$f" 2>/dev/null; [ -d "$f" ] && [ ! -L "$f" ] && [ -O "$f" ] && echo "$f"',
  ].join('\n');
}

/** Which chunks are there, by their SHA-256: a file has its name only when its bytes were compared. */
async function present(
  shell: Shell,
  folder: string,
  { listHash, order }: Chunks,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const marks = await shell.value(
    `cd ${quote(folder)} && [ ! -f ${listHash} ] || while read -r h; do [ -f "$h" ] && printf 1 || printf 0; done <${listHash}`,
    signal && { signal },
  );
  return new Set(order.filter((_, index) => marks[index] === '1'));
}

function bytesOf({ order, pieces }: Chunks, here: ReadonlySet<string>): number {
  return order.reduce((sum, hash) => sum + (here.has(hash) ? (pieces.get(hash)?.length ?? 0) : 0), 0);
}

async function mustFit(
  shell: Shell,
  folder: string,
  wanted: { file: number; beside: number },
  signal: AbortSignal | undefined,
): Promise<void> {
  const said = await shell.value(
    `sed -n 's/^MemAvailable: *\\([0-9]*\\).*/\\1/p' /proc/meminfo; stat -f -c '%a %S' ${quote(folder)}`,
    signal && { signal },
  );
  const [kilobytes = 0, blocks = 0, blockSize = 0] = said.split(/\s+/).map(Number);
  const [ram, place] = [kilobytes * 1024, blocks * blockSize];
  const missing = Math.max(wanted.file + wanted.beside + RESERVE - ram, wanted.file - place);
  if (missing <= 0) return;
  throw new NoRoom(
    `It does not fit into the board's memory: ${inMb(wanted.file)} MB are to be sent and ${inMb(wanted.beside)} MB to be worked with, ${inMb(RESERVE)} MB must be left; ` +
      `${inMb(ram)} MB are available, ${inMb(place)} of them in ${folder}. Restart the board, or remove files from there.`,
  );
}

/** Sends the list, then what is not there of it; gives the speed at which it went. */
async function sendMissing(
  shell: Shell,
  folder: string,
  chunks: Chunks,
  here: ReadonlySet<string>,
  ownSpeed: number,
  options: UploadOptions,
): Promise<number> {
  const { say, signal, onProgress = () => {}, keepSpeed = false, chunk = CHUNK, pace = PACE } = options;
  const settable = await shell.console.setSpeed(ownSpeed);
  const raised = settable && !keepSpeed && ownSpeed < FAST ? FAST : undefined;
  const receiver = await begin(
    shell,
    {
      ...{ folder, list: chunks.listHash, block: chunk, pace, speed: ownSpeed },
      ...(raised === undefined ? {} : { raised }),
      ...(signal === undefined ? {} : { signal }),
    },
    say,
  );
  let done = bytesOf(chunks, here);
  const missing = chunks.order.length - here.size;
  const seconds = transferTime(chunks.size - done + chunks.list.length, missing, receiver.speed);
  say(
    `Sending ${inMb(chunks.size - done)} MB at ${receiver.speed} bits per second, about ${inMinutes(seconds)}.`,
  );
  try {
    await receiver.deliver(chunks.list);
    for (const [hash, piece] of chunks.pieces) {
      if (here.has(hash)) continue;
      await receiver.deliver(piece);
      done += piece.length;
      onProgress(done, chunks.size);
    }
  } catch (error) {
    if (!(error instanceof PortGone)) await receiver.leave().catch(() => {});
    throw error;
  }
  await receiver.leave();
  return receiver.speed;
}

/** At the raised speed where that gets through, else at the line's own. */
async function begin(shell: Shell, options: ReceiverOptions, say: UploadOptions['say']): Promise<Receiver> {
  try {
    return await Receiver.start(shell, options);
  } catch (error) {
    if (!(error instanceof TransferFailed) || options.raised === undefined) throw error;
    say(
      `${shell.console.path} lets nothing through at ${options.raised} bits per second: it stays as it is.`,
    );
    const { raised: _, ...slow } = options;
    return await Receiver.start(shell, slow);
  }
}

function inMb(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}

function inMinutes(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} seconds` : `${Math.round(seconds / 60)} minutes`;
}
