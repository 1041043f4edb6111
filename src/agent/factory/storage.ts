// SPDX-License-Identifier: MIT
/** The card or disk that the board was started from: how fast it reads and writes, and whether it keeps what it is given. */
import type { Ports, Processes } from '../ports.ts';
import { stationStart } from '../station-start.ts';
import { type Measurements, type PhaseInput, rounded, wholeNumber } from './board-phase.ts';

const BLOCK = '/sys/block';
export const DROP_CACHES = '/proc/sys/vm/drop_caches';
/** On the data partition; gone afterwards. */
const FILE = '/data/plait-factory-test';
const MIB = 1_048_576;
const SECTOR = 512;
/** Milliseconds in which the slowest card has written and read them. */
const COMPARED = 120_000;
/** Characters, one byte each, of a small file. */
const SMALL = 4096;
/** Large files that are read back: they are also larger than what a card's own cache keeps. */
const LARGE_FILES = 8;
/** Lines of libata and of the block layer that tell of a failure. */
export const FAILURE = /\bata\d+(?:\.\d+)?: .*(?:error|exception|failed|timeout)|I\/O error/i;
const DMESG = 10_000;

/** `read`: MiB that are read. `writes`: small files that are written, each on the medium before the next. */
export async function storage(input: PhaseInput): Promise<Measurements> {
  const { ports, board } = input;
  const { disk } = board;
  if (disk === undefined) throw new Error('it is not known which disk the board was started from');
  const write_wrong = await wrongFiles(ports);
  const size = ports.disks.size(disk);
  const model = modelOf(ports, size);
  const read = Math.min(wholeNumber(input, 'read', 64), Math.floor(size / MIB));
  return {
    ...(model === undefined ? {} : { model }),
    size: Math.floor(size / MIB),
    read_rate: readRate(ports, disk, read),
    write_wrong,
    sync_p99: syncTime(ports, wholeNumber(input, 'writes', 100)),
    ata_errors: await failures(ports),
  };
}

/** The disk is known by a link; which of the kernel's disks it is, is seen by its size. */
function modelOf({ files }: Ports, size: number): string | undefined {
  const name = files.list(BLOCK).find((one) => Number(files.read(`${BLOCK}/${one}/size`)) * SECTOR === size);
  return name === undefined ? undefined : files.read(`${BLOCK}/${name}/device/model`)?.trim();
}

/** MB (10⁶ bytes) in a second. */
function readRate({ disks, files, clock }: Ports, disk: string, mebibytes: number): number {
  files.poke(DROP_CACHES, '1');
  const began = clock.monotonic();
  for (let at = 0; at < mebibytes; at++) disks.readAt(disk, at * MIB, MIB);
  const seconds = Math.max(0.001, (clock.monotonic() - began) / 1000);
  return rounded((mebibytes * MIB) / 1e6 / seconds, 1);
}

/**
 * `$1`: where the files go; `$2`: how many; `$3`: what lets the kernel forget what it has read. Each file is the same random bytes,
 * turned by another count, so that one in the place of another is seen. Programs do it: in this language it takes half a minute.
 */
export const COMPARE = `
p=$(mktemp) || exit 9
trap 'rm -f $p $1-*' EXIT
dd if=/dev/urandom of=$p bs=1048576 count=1 2>/dev/null || exit 9
turned() { tail -c +$(($1 * 4096 + 1)) $p; head -c $(($1 * 4096)) $p; }
n=1; while [ $n -le $2 ]; do turned $n >$1-$n || exit 9; n=$((n + 1)); done
sync
echo 3 >$3
wrong=0; n=1; while [ $n -le $2 ]; do turned $n | cmp -s - $1-$n || wrong=$((wrong + 1)); n=$((n + 1)); done
echo $wrong
`;

/** How many of some large files are not as they were written. */
export async function wrongFiles({ files, processes }: Ports): Promise<number> {
  if (stationStart(files) !== undefined)
    throw new Error(
      'the board was started over the network, and nothing of its card is in use: write it, and start from it',
    );
  const argv = ['sh', '-c', COMPARE, 'sh', FILE, String(LARGE_FILES), DROP_CACHES];
  const { code, stdout, stderr } = await processes.run(argv, { timeout: COMPARED });
  if (code !== 0 || !/^\d+$/.test(stdout.trim()))
    throw new Error(`${LARGE_FILES} MiB could not be written (exit code ${code}): ${stderr.trim()}`);
  return Number(stdout);
}

/** Milliseconds that 99 of 100 files of 4 KiB take at most, until each is on the medium by its name. */
function syncTime({ files, clock }: Ports, writes: number): number {
  const times: number[] = [];
  try {
    for (let index = 0; index < writes; index++) {
      const text = String(index).padStart(SMALL, '.');
      const began = clock.monotonic();
      files.write(FILE, text, { durable: true });
      times.push(clock.monotonic() - began);
    }
  } finally {
    files.remove(FILE, true);
  }
  times.sort((a, b) => a - b);
  return rounded(times[Math.ceil(writes * 0.99) - 1] ?? 0, 1);
}

async function failures({ processes }: Ports): Promise<number> {
  return (await kernelLines(processes)).filter((line) => FAILURE.test(line)).length;
}

/** What the kernel has said and still remembers. */
export async function kernelLines(processes: Processes): Promise<string[]> {
  const { code, stdout, stderr } = await processes.run(['dmesg'], { timeout: DMESG });
  if (code !== 0) throw new Error(`dmesg ended with ${code}: ${stderr.trim()}`);
  return stdout.split('\n');
}
