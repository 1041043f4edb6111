// SPDX-License-Identifier: MIT
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BuildError } from '../errors.ts';

/** A file, link or directory of the root file system, and who brings it. */
export type Node = { readonly owner: string } & (
  | { readonly type: 'dir' }
  | { readonly type: 'link'; readonly target: string }
  | {
      readonly type: 'file';
      readonly executable: boolean;
      readonly content: { readonly path: string } | Buffer;
    }
);

/** The root file system being put together: paths without a leading slash, such as `usr/sbin/ip`. */
export class Tree {
  private readonly nodes = new Map<string, Node>();

  /** Adds everything below a directory of the host, at `prefix` of the target. */
  async addDirectory(owner: string, from: string, prefix = ''): Promise<void> {
    for (const name of (await readdir(from)).sort()) {
      const path = join(from, name);
      const target = prefix ? `${prefix}/${name}` : name;
      const stat = await lstat(path);
      if (stat.isDirectory()) {
        await this.add(target, { owner, type: 'dir' });
        await this.addDirectory(owner, path, target);
      } else await this.addFrom(owner, path, target);
    }
  }

  /** Adds one file or link of the host. */
  async addFrom(owner: string, path: string, target: string): Promise<void> {
    const stat = await lstat(path);
    if (stat.isSymbolicLink()) return this.add(target, { owner, type: 'link', target: await readlink(path) });
    if (!stat.isFile())
      throw new BuildError(`${owner}: /${target} is neither a file, a directory nor a link`);
    const executable = (stat.mode & 0o111) !== 0;
    return this.add(target, { owner, type: 'file', executable, content: { path } });
  }

  async addText(owner: string, target: string, text: string, executable = false): Promise<void> {
    await this.add(target, { owner, type: 'file', executable, content: Buffer.from(text) });
  }

  /** Adds one node and the directories above it. Two owners may bring the same path only with the same content. */
  async add(target: string, node: Node): Promise<void> {
    for (let dir = dirname(target); dir !== '.'; dir = dirname(dir)) {
      const above = this.nodes.get(dir);
      if (above === undefined) this.nodes.set(dir, { owner: node.owner, type: 'dir' });
      else if (above.type !== 'dir') throw conflict(dir, above, node);
    }
    const present = this.nodes.get(target);
    if (present === undefined) this.nodes.set(target, node);
    else if (!(await same(present, node))) throw conflict(target, present, node);
  }

  get(path: string): Node | undefined {
    return this.nodes.get(path);
  }

  delete(path: string): void {
    this.nodes.delete(path);
  }

  /** All paths, sorted. */
  paths(): string[] {
    return [...this.nodes.keys()].sort();
  }

  /** Whether a program of this name is in one of the directories of PATH. */
  hasProgram(name: string): boolean {
    return programDirs.some((dir) => this.nodes.has(`${dir}/${name}`));
  }

  /**
   * Takes away BusyBox's applet links whose name another package's program has, wherever in PATH that is: the
   * complete program is the one that is meant. Gives the paths taken away.
   */
  dropShadowedApplets(): string[] {
    const programs = new Set<string>();
    const applets: string[] = [];
    for (const [path, node] of this.nodes) {
      if (!programDirs.includes(dirname(path)) || node.type === 'dir') continue;
      if (node.type === 'link' && basename(node.target) === 'busybox') applets.push(path);
      else programs.add(basename(path));
    }
    const shadowed = applets.filter((path) => programs.has(basename(path)));
    for (const path of shadowed) this.nodes.delete(path);
    return shadowed.sort();
  }

  /** Number and bytes of the files by owner, the largest first. */
  async sizes(): Promise<{ part: string; files: number; bytes: number }[]> {
    const sums = new Map<string, { part: string; files: number; bytes: number }>();
    for (const { owner, ...node } of this.nodes.values()) {
      if (node.type !== 'file') continue;
      const sum = sums.get(owner) ?? { part: owner, files: 0, bytes: 0 };
      sum.files++;
      sum.bytes += Buffer.isBuffer(node.content) ? node.content.length : (await stat(node.content.path)).size;
      sums.set(owner, sum);
    }
    return [...sums.values()].sort((a, b) => b.bytes - a.bytes || (a.part < b.part ? -1 : 1));
  }

  /** Writes the tree to an empty directory, with modes that do not depend on the host's umask. */
  async write(root: string): Promise<void> {
    for (const path of this.paths()) {
      const node = this.nodes.get(path) as Node;
      const to = join(root, path);
      if (node.type === 'dir') await mkdir(to, { mode: 0o755 });
      else if (node.type === 'link') await symlink(node.target, to);
      else {
        if (Buffer.isBuffer(node.content)) await writeFile(to, node.content);
        else await copyFile(node.content.path, to);
        await chmod(to, node.executable ? 0o755 : 0o644);
      }
    }
  }
}

const programDirs = ['bin', 'sbin', 'usr/bin', 'usr/sbin'];

async function same(a: Node, b: Node): Promise<boolean> {
  if (a.type === 'dir') return b.type === 'dir';
  if (a.type === 'link') return b.type === 'link' && a.target === b.target;
  return (
    b.type === 'file' &&
    a.executable === b.executable &&
    (await bytes(a.content)).equals(await bytes(b.content))
  );
}

function bytes(content: { readonly path: string } | Buffer): Promise<Buffer> | Buffer {
  return Buffer.isBuffer(content) ? content : readFile(content.path);
}

function conflict(path: string, a: Node, b: Node): BuildError {
  return new BuildError(
    `/${path} comes from ${a.owner} (a ${a.type}) and, with other content, from ${b.owner} (a ${b.type}); one must go`,
  );
}
