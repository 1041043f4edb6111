// SPDX-License-Identifier: MIT
/** The facts of this machine that decide which disks may be written, read from lsblk, sysfs and /proc. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { BuildError } from '../image/errors.ts';
import { runProgram } from '../image/exec.ts';
import type { DiskFacts, LsblkNode, Mount } from './device-list.ts';

const COLUMNS = 'NAME,PATH,TYPE,SIZE,RM,HOTPLUG,RO,TRAN,MODEL,SERIAL,MOUNTPOINTS,MAJ:MIN,LOG-SEC';

/** @throws BuildError when lsblk cannot tell */
export async function diskFacts(signal: AbortSignal): Promise<DiskFacts> {
  const text = await program(['lsblk', '--json', '--bytes', '--output', COLUMNS], signal);
  let tree: LsblkNode[];
  try {
    tree = (JSON.parse(text) as { blockdevices: LsblkNode[] }).blockdevices;
  } catch (error) {
    throw new BuildError('lsblk gave no list of disks', { cause: error });
  }
  return { tree, mounts: mounts(), mmcTypes: mmcTypes(tree) };
}

/** Runs a program of the system and gives what it printed. */
export async function program(argv: readonly string[], signal: AbortSignal): Promise<string> {
  const said: string[] = [];
  const base = { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`, LC_ALL: 'C.UTF-8' };
  try {
    return await runProgram([...argv], {
      cwd: '/',
      base,
      signal,
      capture: true,
      line: (text) => said.push(text),
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new BuildError(`${argv[0]}: ${said.at(-1) ?? (error as Error).message}`, { cause: error });
  }
}

/** Every mount that this process sees, the latest last. */
export function mounts(): Mount[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split(' ');
      return { device: fields[2] ?? '', point: unescapeOctal(fields[4] ?? '') };
    });
}

/** Blanks and the like in /proc/self/mountinfo are written as `\040`. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

function mmcTypes(tree: readonly LsblkNode[]): Record<string, string> {
  const names = tree.map(({ name }) => name).filter((name) => name.startsWith('mmcblk'));
  return Object.fromEntries(names.map((name) => [name, sysfs(name, 'device/type') ?? '']));
}

/** A file of /sys/block, without its line end; undefined when there is none. */
export function sysfs(disk: string, file: string): string | undefined {
  try {
    return readFileSync(`/sys/block/${disk}/${file}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Who has a disk, or a part of it, open: `process 4711 (smartd)`. For the message of EBUSY. */
export function openBy(paths: readonly string[]): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (Number(pid) !== process.pid && hasOpen(pid, paths)) found.push(`process ${pid} (${commandOf(pid)})`);
  }
  return found;
}

function hasOpen(pid: string, paths: readonly string[]): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => paths.includes(linkOf(`/proc/${pid}/fd/${fd}`)));
  } catch {
    // It ended meanwhile, or belongs to somebody else.
    return false;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'gone';
  }
}
