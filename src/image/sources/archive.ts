// SPDX-License-Identifier: MIT
import { copyFile, lstat, mkdir, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BuildError, Interrupted } from '../errors.ts';
import { runProgram } from '../exec.ts';
import { requireSpace } from '../space.ts';
import type { FetchReports } from './package.ts';

/** The mirror could not be asked at all: other suites need not be tried. */
export class Unreachable extends BuildError {
  override name = 'Unreachable';
}

/** The index lists it, the mirror has not got it. */
export class NotOnMirror extends BuildError {
  override name = 'NotOnMirror';
}

/**
 * A place with Debian's directory layout (`dists/`, `pool/`). Nothing it gives is trusted: who fetches a file checks it
 * against a signature or a hash that is covered by one.
 */
export interface Archive {
  /** For messages: its URI or directory. */
  readonly place: string;
  /** Copies the file at a path below the archive; false when it cannot be had, for whatever reason. */
  fetch(path: string, to: string): Promise<boolean>;
}

const helper = '/usr/lib/apt/apt-helper';
/** Less than this free, and a failed download is the disk's fault. */
const spare = 20e6;

/**
 * An archive that apt can reach: its transports, proxies and credentials are used, and nothing of its opinions on what
 * is trustworthy.
 */
export function aptArchive(uri: string, reports: FetchReports): Archive {
  const flags = ['Acquire::Retries=1', 'Acquire::http::Timeout=30', 'Acquire::https::Timeout=30'];
  const download = async (path: string, to: string) => {
    const argv = [helper, flags.flatMap((flag) => ['-o', flag]), 'download-file', `${uri}/${path}`, to];
    const base = { ...(process.env as Record<string, string>), LC_ALL: 'C.UTF-8' };
    const line = (text: string) => reports.line?.(text);
    await runProgram(argv, { cwd: dirname(to), base, signal: reports.signal, line });
  };
  return {
    place: uri,
    async fetch(path, to) {
      const fresh = `${to}.fetched`;
      await mkdir(dirname(to), { recursive: true });
      try {
        await download(path, fresh);
        // For a file: URI apt makes a link; what is checked must be what is kept.
        if ((await lstat(fresh)).isSymbolicLink()) await copyFile(await realpath(fresh), to);
        else await rename(fresh, to);
        return true;
      } catch (error) {
        if (reports.signal.aborted || error instanceof Interrupted) throw error;
        await requireSpace(dirname(to), spare, `a download from ${uri}`);
        return false;
      } finally {
        for (const left of [fresh, `${fresh}.FAILED`]) await rm(left, { force: true });
      }
    },
  };
}

/** An archive in a directory, as `plait mirror` makes it. */
export function directoryArchive(dir: string): Archive {
  return {
    place: dir,
    async fetch(path, to) {
      await mkdir(dirname(to), { recursive: true });
      return copyFile(join(dir, path), to).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOSPC') throw new BuildError(`the disk is full: ${to}`, { cause: error });
          return false;
        },
      );
    },
  };
}
