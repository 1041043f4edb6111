// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, readdir, readFile, readlink, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { eachLimited } from './each-limited.ts';
import { hashValue, type Stage, UNDATED_EPOCH } from './stage.ts';

/** What a cache lookup found. `damaged` names the first file that is not as it was stored. */
export type Lookup =
  | { readonly state: 'valid'; readonly seconds: number }
  | { readonly state: 'absent' }
  | { readonly state: 'damaged'; readonly file: string };

/** The key of a stage: what it is, what goes in, the programs of the machine, and the keys of what it builds on. */
export function stageKey(stage: Stage, epoch: number, known: Map<Stage, string> = new Map()): string {
  return keyOf(stage, ({ machine, dated }) => [machine ?? null, dated ? epoch : UNDATED_EPOCH], known);
}

/** Names what a stage is made of, the same on every machine and at every date. */
export function sourceKey(stage: Stage, known: Map<Stage, string> = new Map()): string {
  return keyOf(stage, () => null, known);
}

function keyOf(stage: Stage, besides: (stage: Stage) => unknown, known: Map<Stage, string>): string {
  const seen = known.get(stage);
  if (seen) return seen;
  const deps = stage.deps.map((dep) => keyOf(dep, besides, known));
  const key = hashValue({ id: stage.id, inputs: stage.inputs ?? null, deps, besides: besides(stage) });
  known.set(stage, key);
  return key;
}

/**
 * Stage outputs by key. An entry `<root>/stages/<id>-<key>/` holds `out/` and `entry.json`, the list of its content
 * hashes. It appears by one rename when complete, so an entry that exists was finished.
 */
export class StageCache {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Directory that is no entry: stages keep there what saves time. */
  get shared(): string {
    return join(this.root, 'shared');
  }

  /** The directory `out` of an entry, whether it exists or not. */
  output(stage: Stage, key: string): string {
    return join(this.entry(stage, key), 'out');
  }

  /** Whether there is an entry, whatever its state. */
  async has(stage: Stage, key: string): Promise<boolean> {
    return (await lstat(join(this.entry(stage, key), 'entry.json')).catch(() => undefined)) !== undefined;
  }

  /** Looks an entry up and compares every file with the stored hashes. */
  async check(stage: Stage, key: string): Promise<Lookup> {
    const dir = this.entry(stage, key);
    const stored = await readEntry(dir);
    if (stored === 'absent') return { state: 'absent' };
    if (stored === 'unreadable') return { state: 'damaged', file: 'entry.json' };
    const found = await listContents(join(dir, 'out')).catch(() => [] as Content[]);
    const file = firstDifference(stored.contents, found);
    if (file !== undefined) return { state: 'damaged', file };
    const now = new Date();
    await utimes(join(dir, 'entry.json'), now, now);
    return { state: 'valid', seconds: stored.seconds };
  }

  /** A fresh pair of directories to build in; leftovers of an earlier try are removed. */
  async prepare(stage: Stage): Promise<{ out: string; work: string }> {
    const base = join(this.root, 'work', fileName(stage.id));
    await rm(base, { recursive: true, force: true });
    const dirs = { out: join(base, 'out'), work: join(base, 'work') };
    await mkdir(dirs.out, { recursive: true });
    await mkdir(dirs.work);
    return dirs;
  }

  /** Makes a finished output an entry: hashes it, then one rename. `seconds` is what it took to build. */
  async store(stage: Stage, key: string, seconds: number): Promise<void> {
    const base = join(this.root, 'work', fileName(stage.id));
    const contents = await listContents(join(base, 'out'));
    const entry: Entry = { id: stage.id, key, seconds, contents, digest: hashValue(contents) };
    await rm(join(base, 'work'), { recursive: true, force: true });
    await writeFile(join(base, 'entry.json'), JSON.stringify(entry));
    await this.remove(stage, key);
    await mkdir(join(this.root, 'stages'), { recursive: true });
    await rename(base, this.entry(stage, key));
  }

  async remove(stage: Stage, key: string): Promise<void> {
    await rm(this.entry(stage, key), { recursive: true, force: true });
  }

  /** Removes what an unfinished try left. */
  async discard(stage: Stage): Promise<void> {
    await rm(join(this.root, 'work', fileName(stage.id)), { recursive: true, force: true });
  }

  /** Removes entries that no build has used since `before`; gives their number. */
  async prune(before: Date): Promise<number> {
    const stages = join(this.root, 'stages');
    let removed = 0;
    for (const name of await readdir(stages).catch(() => [] as string[])) {
      const stat = await lstat(join(stages, name, 'entry.json')).catch(() => undefined);
      if (stat && stat.mtime >= before) continue;
      await rm(join(stages, name), { recursive: true, force: true });
      removed++;
    }
    return removed;
  }

  private entry(stage: Stage, key: string): string {
    return join(this.root, 'stages', `${fileName(stage.id)}-${key.slice(0, 32)}`);
  }
}

/** A stage id as a file name: `package:busybox` → `package-busybox`. */
export function fileName(id: string): string {
  return id.replace(/[^A-Za-z0-9._+-]/g, '-');
}

interface Entry {
  readonly id: string;
  readonly key: string;
  readonly seconds: number;
  readonly contents: readonly Content[];
  /** Hash over `contents`: the list itself can be damaged too. */
  readonly digest: string;
}

/** Path below `out`, and type, permission bits and bytes in one string. */
type Content = readonly [path: string, value: string];

async function readEntry(dir: string): Promise<Entry | 'absent' | 'unreadable'> {
  let text: string;
  try {
    text = await readFile(join(dir, 'entry.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return 'unreadable';
    return (await lstat(dir).catch(() => undefined)) ? 'unreadable' : 'absent';
  }
  try {
    const entry = JSON.parse(text) as Entry;
    return entry.digest === hashValue(entry.contents) ? entry : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

/** Path and content of everything below a directory; of what `wanted` refuses (by its path) nothing. */
export async function listContents(
  root: string,
  wanted: (path: string) => boolean = () => true,
): Promise<Content[]> {
  const list: Content[] = [];
  const files: { index: number; path: string; mode: string }[] = [];
  async function walk(dir: string, prefix: string): Promise<void> {
    for (const name of (await readdir(dir)).sort()) {
      const path = join(dir, name);
      const stat = await lstat(path);
      const mode = (stat.mode & 0o7777).toString(8);
      const where = `${prefix}${name}`;
      if (!wanted(where)) continue;
      if (stat.isSymbolicLink()) list.push([where, `link ${await readlink(path)}`]);
      else if (stat.isDirectory()) {
        list.push([where, `dir ${mode}`]);
        await walk(path, `${where}/`);
      } else if (stat.isFile()) {
        files.push({ index: list.length, path, mode });
        list.push([where, '']);
      } else list.push([where, `special ${mode} ${stat.rdev}`]);
    }
  }
  await walk(root, '');
  await eachLimited(files, 8, async ({ index, path, mode }) => {
    const item = list[index];
    if (item) list[index] = [item[0], `file ${mode} ${await hashFile(path)}`];
  });
  return list;
}

function firstDifference(stored: readonly Content[], found: readonly Content[]): string | undefined {
  const rest = new Map(found);
  for (const [path, value] of stored) {
    if (rest.get(path) !== value) return path;
    rest.delete(path);
  }
  return rest.keys().next().value;
}

/** SHA-256 of a file's bytes, in hexadecimal. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  const stat = await lstat(path);
  if (stat.size < 1 << 20) return hash.update(await readFile(path)).digest('hex');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
