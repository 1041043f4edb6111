// SPDX-License-Identifier: MIT
/** Pseudo-terminals for tests: two ends of a cable, or one end with a shell behind it. Made by socat. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needs } from '../image/needs.ts';

await needs('socat');

export interface Wire {
  /** Path of the end under test. */
  readonly path: string;
  /** Path of the other end; '' when a program is behind it. */
  readonly far: string;
  /** Folder for logs, gone after `remove()`. */
  readonly folder: string;
  /** Takes the wire away, as when a USB adapter is pulled. */
  cut(): Promise<void>;
  remove(): Promise<void>;
}

/** Two connected pseudo-terminals. */
export function pair(): Promise<Wire> {
  return wire((folder) => [`PTY,link=${folder}/near,raw,echo=0`, `PTY,link=${folder}/far,raw,echo=0`]);
}

/** A pseudo-terminal with an interactive POSIX shell behind it, on a terminal of its own with echo. */
export function shell(program = 'sh -i'): Promise<Wire> {
  return wire((folder) => [
    `PTY,link=${folder}/near,raw,echo=0`,
    `EXEC:${program},pty,setsid,ctty,stderr,sane`,
  ]);
}

async function wire(ends: (folder: string) => [string, string]): Promise<Wire> {
  const folder = mkdtempSync(join(tmpdir(), 'plait-pty-'));
  const [near, far] = ends(folder);
  const socat = spawn('socat', [near, far], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PS1: '\\h:~# ', ENV: '', TERM: 'vt100' },
  });
  const ended = new Promise<void>((resolve) => socat.once('close', () => resolve()));
  const paths = [near, far].flatMap((end) => /link=([^,]+)/.exec(end)?.[1] ?? []);
  await appear(paths, socat);
  const cut = async () => {
    socat.kill('SIGKILL');
    await ended;
  };
  return {
    path: paths[0] ?? '',
    far: paths[1] ?? '',
    folder,
    cut,
    async remove() {
      await cut();
      rmSync(folder, { recursive: true });
    },
  };
}

async function appear(paths: string[], socat: ChildProcess): Promise<void> {
  const end = Date.now() + 5_000;
  while (!paths.every((path) => existsSync(path))) {
    if (Date.now() > end || socat.exitCode !== null)
      throw new Error('socat made no pseudo-terminals within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
