// SPDX-License-Identifier: MIT
/** Memory: random bytes fill what is free, and are compared. What the kernel's own test found at the start is told, too. */
import type { Files, Processes } from '../ports.ts';
import { type Measurements, type PhaseInput, wholeNumber } from './board-phase.ts';

const MEMINFO = '/proc/meminfo';
/** MiB that stay free for the system. */
const SPARE = 48;
/** MiB: one is the pattern, the other what is compared with it. */
export const LEAST = 2;
/** Milliseconds for a MiB, written and compared, on a Geode. */
const TIME = 1_000;

/** Files in a memory file system of their own, each a copy of one MiB: `cmp` finds the one that changed. */
const FILL = `
d=/tmp/plait-memory
# What an earlier one left that was killed would take the memory.
while umount $d 2>/dev/null; do :; done
mkdir -p $d && mount -t tmpfs -o size=100% plait-memory $d || exit 9
trap 'umount $d; rmdir $d' EXIT
dd if=/dev/urandom of=$d/0 bs=1048576 count=1 2>/dev/null || exit 9
n=1; while [ $n -lt $1 ]; do cat $d/0 >$d/$n || exit 9; n=$((n + 1)); done
wrong=0; n=1; while [ $n -lt $1 ]; do cmp -s $d/0 $d/$n || wrong=$((wrong + 1)); n=$((n + 1)); done
echo $wrong
`;

export async function memory(input: PhaseInput): Promise<Measurements> {
  const { files, processes } = input.ports;
  const passes = wholeNumber(input, 'passes', 1);
  const total = Math.floor((kilobytes(files, 'MemTotal') ?? 0) / 1024);
  const bad = kilobytes(files, 'EarlyMemtestBad');
  const tested = freeMebibytes(files);
  if (tested < LEAST) return { total, tested: 0 };
  let wrong = 0;
  for (let pass = 0; pass < passes; pass++) wrong += await fillMemory(processes, tested);
  return { total, tested, wrong, ...(bad === undefined ? {} : { memtest_bad: bad }) };
}

/** What can be filled while the system works on. */
export function freeMebibytes(files: Files): number {
  return Math.floor((kilobytes(files, 'MemAvailable') ?? 0) / 1024) - SPARE;
}

/** How many MiB were not as they were written. */
export async function fillMemory(processes: Processes, mebibytes: number): Promise<number> {
  const argv = ['sh', '-c', FILL, 'sh', String(mebibytes)];
  const { code, stdout, stderr } = await processes.run(argv, { timeout: mebibytes * TIME });
  if (code !== 0 || !/^\d+$/.test(stdout.trim()))
    throw new Error(`the memory could not be filled (exit code ${code}): ${stderr.trim()}`);
  return Number(stdout);
}

function kilobytes(files: Files, name: string): number | undefined {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(files.read(MEMINFO) ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}
