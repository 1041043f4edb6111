// SPDX-License-Identifier: MIT
/** Runs a command of the user's on the disk after each power cut: it says by its exit code whether the disk is right. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eachLimited } from '../../image/each-limited.ts';
import { MachineError } from '../errors.ts';
import { type Cut, cutText } from './cut.ts';
import { DiskAfterCut, type DiskBefore } from './disk-after-cut.ts';
import { writeDisk } from './partition.ts';
import type { WriteLog } from './write-log.ts';

/** In the command's words it stands for the disk's file; without it the file comes last. */
export const DISK_WORD = '{}';
/** Characters of output that are kept of a command that failed. */
const OUTPUT = 2_000;

export interface FailedCut {
  readonly cut: string;
  /** Absent: the partition is not there, and nothing was run. */
  readonly exitCode?: number;
  readonly output: string;
}

export interface CutTrials {
  readonly before: DiskBefore;
  readonly log: WriteLog;
  readonly command: readonly string[];
  /** The command gets this partition alone. */
  readonly partition?: number;
  /** Commands that run at a time. */
  readonly jobs: number;
  readonly signal: AbortSignal;
}

/** @throws MachineError when the command cannot be run at all */
export async function tryCuts(
  trials: CutTrials,
  cuts: readonly Cut[],
  onFailure: (failed: FailedCut) => void,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'plait-power-cut-'));
  const tryOne = async (cut: Cut, worker: number) => {
    if (trials.signal.aborted) return;
    const file = join(folder, `disk-${worker}.img`);
    const problem = await writeForCommand(trials, cut, file);
    const failed = problem === undefined ? await run(trials, file) : { output: problem };
    if (trials.signal.aborted) return;
    if (failed.exitCode !== 0) onFailure({ cut: cutText(cut), ...failed });
  };
  try {
    await eachLimited(cuts, trials.jobs, tryOne);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes what the command gets; says what is wrong when there is no such partition after this cut. */
async function writeForCommand(
  { before, log, partition }: CutTrials,
  cut: Cut,
  file: string,
): Promise<string | undefined> {
  const disk = new DiskAfterCut(before, log, cut);
  try {
    await writeDisk(disk, file, partition);
    return undefined;
  } catch (error) {
    if (partition !== undefined && error instanceof MachineError) return error.message;
    throw error;
  }
}

function run({ command, signal }: CutTrials, file: string): Promise<{ exitCode?: number; output: string }> {
  const words = command.map((word) => word.replaceAll(DISK_WORD, file));
  if (!command.some((word) => word.includes(DISK_WORD))) words.push(file);
  const [program = '', ...argv] = words;
  return new Promise((resolve, reject) => {
    execFile(program, argv, { signal, maxBuffer: 100_000_000 }, (error, stdout, stderr) => {
      const output = (stdout + stderr).slice(-OUTPUT);
      if (error === null) resolve({ exitCode: 0, output });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, output });
      else if (signal.aborted || error.killed === true || error.signal)
        resolve({ exitCode: 128, output: `${output}\nended by ${error.signal}` });
      else reject(new MachineError(`${program} cannot be run: ${error.message}`, { cause: error }));
    });
  });
}
