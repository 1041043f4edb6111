// SPDX-License-Identifier: MIT
/** What the boot scripts and the agent find on the data partition of a card: e2fsck as S10data runs it, then the agent's own choice. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bootChoice, type Source } from '../../../src/agent/boot-choice.ts';
import { ConfigStore } from '../../../src/agent/config-store.ts';
import { keptAnswers } from '../../../src/agent/setup/kept-answers.ts';
import type { DiskAfterCut } from '../../../src/machine/write-log/disk-after-cut.ts';
import { partitionOf } from '../../../src/machine/write-log/partition.ts';
import { FakeClock, FakeFiles } from '../../agent/support/fake-ports.ts';

const DATA_PARTITION = 4;
/** Milliseconds for a program, and what stands for its exit code when it is stopped then. */
const DEADLINE = 120_000;
const NO_END = 128;
/** Of a file system in ruins e2fsck says a lot. */
const MOST_SAID = 100_000_000;
/** e2fsck has left errors behind, or could not do its work. */
const UNCORRECTED = 4;

export interface DataFacts {
  /** What `e2fsck -p` said when it could not put the file system right, so that `-y` had to. */
  readonly repaired?: string;
  /** What is wrong with it even then. */
  readonly broken?: string;
  /** What the agent starts from. */
  readonly source?: Source;
  readonly text?: string;
  readonly reason?: string;
  /** Names of the questions of setup whose answers are kept. */
  readonly answers?: string;
}

/** Reads data partitions; those that were written in the same way are looked at once. */
export class DataReader {
  readonly #folder: string;
  readonly #version: string;
  readonly #seen = new Map<string, Promise<DataFacts>>();
  #number = 0;

  /** `folder` for copies; `version` of the agent that reads. */
  constructor(folder: string, version: string) {
    this.#folder = folder;
    this.#version = version;
  }

  /** How many different ones there were. */
  get count(): number {
    return this.#seen.size;
  }

  read(disk: DiskAfterCut): Promise<DataFacts> {
    const { offset, length } = partitionOf(disk, DATA_PARTITION);
    const key = `${offset} ${length} ${disk.contentKey(offset, length)}`;
    const facts = this.#seen.get(key) ?? this.#look(disk, offset, length);
    this.#seen.set(key, facts);
    return facts;
  }

  async #look(disk: DiskAfterCut, offset: number, length: number): Promise<DataFacts> {
    const copy = join(this.#folder, `data-${this.#number++}`);
    try {
      disk.extract(copy, offset, length);
      const preened = await run('e2fsck', ['-p', copy]);
      const repaired = preened.code < UNCORRECTED ? {} : { repaired: preened.said };
      if (preened.code >= UNCORRECTED) await run('e2fsck', ['-y', copy]);
      const left = await run('e2fsck', ['-f', '-n', copy]);
      if (left.code !== 0) return { ...repaired, broken: left.said };
      return { ...repaired, ...(await this.#choice(copy)) };
    } finally {
      rmSync(copy, { force: true });
    }
  }

  /** The configuration, chosen by the agent's own code. */
  async #choice(copy: string): Promise<DataFacts> {
    const folder = `${copy}.files`;
    await mkdir(folder);
    try {
      await run('debugfs', ['-R', `rdump / ${folder}`, copy]);
      const files = new FakeFiles(filesIn(folder, '/data'));
      const { source, text, reason } = await bootChoice({
        store: new ConfigStore(files, this.#version),
        files,
        clock: new FakeClock(),
        log: () => undefined,
        portNames: () => ['eth0', 'eth1', 'eth2'],
        ending: () => true,
      });
      const answers = Object.keys(keptAnswers(files)).join(' ');
      return {
        source,
        answers,
        ...(text === undefined ? {} : { text }),
        ...(reason === undefined ? {} : { reason }),
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function filesIn(folder: string, path: string): Record<string, string> {
  const entries = readdirSync(folder, { withFileTypes: true });
  return Object.assign(
    {},
    ...entries.map((entry) => {
      const [from, to] = [join(folder, entry.name), `${path}/${entry.name}`];
      if (entry.isDirectory()) return filesIn(from, to);
      return entry.isFile() ? { [to]: readFileSync(from, 'utf8') } : {};
    }),
  ) as Record<string, string>;
}

function run(program: string, argv: readonly string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve, reject) => {
    execFile(program, argv, { timeout: DEADLINE, maxBuffer: MOST_SAID }, (error, stdout, stderr) => {
      // One that does not come to an end has not put anything right.
      const code = error === null ? 0 : error.killed ? NO_END : error.code;
      if (typeof code !== 'number') reject(error);
      else
        resolve({
          code,
          said: `${program} ${argv[0]}: ${(stderr + stdout).trim().split('\n').slice(-6).join(' | ')}`,
        });
    });
  });
}
