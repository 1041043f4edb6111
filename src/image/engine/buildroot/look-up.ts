// SPDX-License-Identifier: MIT
import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hashFile } from '../../cache.ts';
import { BuildError } from '../../errors.ts';
import { runProgram } from '../../exec.ts';
import type { FetchReports } from '../../sources/sources.ts';
import { hashValue, UNDATED_EPOCH } from '../../stage.ts';
import { hasHash, readHashes } from './hashes.ts';
import { correctVersions, type Download, downloads, parseInfo, type ShowInfo } from './info.ts';
import { Buildroot, type MakeOptions, type Run } from './make.ts';
import { configure } from './output.ts';
import type { Override } from './overrides.ts';

export interface LookUpOptions {
  readonly make: MakeOptions;
  readonly lines: readonly string[];
  readonly local: readonly string[];
  /** BR2_DL_DIR. */
  readonly downloads: string;
  readonly key: string;
  readonly overrides: readonly Override[];
  /** Upstream version of the kernel. */
  readonly kernel: string;
  /** Gives files by their SHA-256 out of Debian's archive, where source packages often have the same tarball. */
  readonly fromDebian: (hashes: readonly string[]) => Promise<Map<string, string>>;
  /** Who is asked first: upstream's sites, or Debian's archive. */
  readonly first: 'upstream' | 'debian';
}

/** What Buildroot will build, and its sources, which are on disk now. */
export interface LookedUp {
  readonly info: ShowInfo;
  readonly files: readonly SourceFile[];
}

/** A source on disk, as manifest and SBOM name it: whichever hash it was checked by. */
export interface SourceFile extends Omit<Download, 'hash'> {
  readonly size: number;
  readonly sha256: string;
}

/** Asks Buildroot what it will build, and has it download and check the sources. An answer is kept. */
export async function lookUp(options: LookUpOptions, reports: FetchReports): Promise<LookedUp> {
  const record = join(options.make.output, 'plait/look-up.json');
  const key = hashValue({ key: options.key, kernel: options.kernel });
  const kept = parseRecord(await readFile(record, 'utf8').catch(() => ''), key);
  if (kept && (await allThere(kept, options.downloads))) return kept;
  const buildroot = new Buildroot(options.make, outsideStages(options.make.output, reports));
  await configure(buildroot, options.lines, options.local);
  const asTold = parseInfo(await buildroot.print('show-info'));
  const hashes = await readHashes([join(options.make.tree, 'package'), join(options.make.external)]);
  const wanted = downloads(asTold, options.overrides, hashes);
  await fetchSources(asTold, wanted, options, reports);
  const found: LookedUp = {
    info: correctVersions(asTold, options.overrides, options.kernel),
    files: await Promise.all(wanted.map((file) => describe(file, options.downloads))),
  };
  await writeFile(`${record}.new`, JSON.stringify({ key, ...found }));
  await rename(`${record}.new`, record);
  return found;
}

async function describe({ hash, ...file }: Download, dir: string): Promise<SourceFile> {
  const path = join(dir, file.path);
  const sha256 = hash.algorithm === 'sha256' ? hash.digest : await hashFile(path);
  return { ...file, sha256, size: (await stat(path)).size };
}

/** Brings the sources into the download directory: by Buildroot, which checks the hashes, and from Debian's archive. */
async function fetchSources(
  info: ShowInfo,
  wanted: readonly Download[],
  options: LookUpOptions,
  reports: FetchReports,
): Promise<void> {
  const begin = Date.now();
  const ways = {
    debian: () => takeFromDebian(wanted, options),
    upstream: () => downloadAll(info, wanted, options, reports),
  };
  const order =
    options.first === 'debian' ? (['debian', 'upstream'] as const) : (['upstream', 'debian'] as const);
  for (const way of order) {
    if ((await missingFiles(wanted, options.downloads)).length === 0) return;
    reports.onFetch?.(`sources of Buildroot's packages`);
    await ways[way]();
    reports.onFetched?.(`sources of Buildroot's packages`, (Date.now() - begin) / 1000);
  }
  const missing = await missingFiles(wanted, options.downloads);
  if (missing.length === 0) return;
  throw new BuildError(
    `sources that could not be had:\n  ${missing.map(({ name, package: owner }) => `${name} (${owner})`).join('\n  ')}\n` +
      'Collect them where they can be had by `plait mirror`, or name directories with them by --overrides; ' +
      '--engine debian needs none of them',
  );
}

async function takeFromDebian(wanted: readonly Download[], { downloads: dir, fromDebian }: LookUpOptions) {
  const missing = await missingFiles(wanted, dir);
  // Debian's indexes know files by SHA-256 only.
  const known = missing.filter(({ hash }) => hash.algorithm === 'sha256');
  const found = await fromDebian(known.map(({ hash }) => hash.digest));
  for (const { path, hash } of known) {
    const file = found.get(hash.digest);
    if (file === undefined) continue;
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await copyFile(file, join(dir, path));
  }
}

/**
 * Has Buildroot download, in an output directory for that alone: in one that is built in, the stamps say that all is
 * downloaded already, wherever to.
 */
async function downloadAll(
  info: ShowInfo,
  wanted: readonly Download[],
  { make, lines, local, downloads: dir }: LookUpOptions,
  reports: FetchReports,
): Promise<void> {
  const packages = new Set((await missingFiles(wanted, dir)).map((file) => file.package));
  const targets = Object.entries(info).filter(([, { name, virtual }]) => packages.has(name) && !virtual);
  const output = join(make.output, 'plait/sources');
  await rm(output, { recursive: true, force: true });
  const buildroot = new Buildroot({ ...make, output }, outsideStages(output, reports));
  try {
    await configure(buildroot, lines, local);
    await buildroot.make(['--keep-going', targets.map(([key]) => `${key}-source`)]);
  } catch (error) {
    if (reports.signal.aborted) throw error;
    // What is missing is said by name in the end.
    reports.line?.((error as Error).message);
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}

/** Files that are not there, or whose bytes are not the right ones: these are removed. */
async function missingFiles(wanted: readonly Download[], dir: string): Promise<Download[]> {
  const missing: Download[] = [];
  for (const file of wanted) {
    const path = join(dir, file.path);
    const found = await hasHash(path, file.hash);
    if (found === true) continue;
    if (found === false) await rm(path);
    missing.push(file);
  }
  return missing;
}

async function allThere(found: LookedUp, dir: string): Promise<boolean> {
  for (const { path, size } of found.files)
    if ((await stat(join(dir, path)).catch(() => undefined))?.size !== size) return false;
  return true;
}

function parseRecord(text: string, key: string): LookedUp | undefined {
  try {
    const record = JSON.parse(text) as LookedUp & { key: string };
    return record.key === key ? { info: record.info, files: record.files } : undefined;
  } catch {
    return undefined;
  }
}

/** Programs that run while the build is planned; the error of one that fails ends with what it said last. */
function outsideStages(output: string, reports: FetchReports): Run {
  const base = {
    ...(process.env as Record<string, string>),
    LC_ALL: 'C.UTF-8',
    SOURCE_DATE_EPOCH: String(UNDATED_EPOCH),
  };
  return async (argv, { env, capture }) => {
    await mkdir(output, { recursive: true });
    let last = '';
    const line = (text: string) => {
      if (text.trim() !== '') last = text;
      reports.line?.(text);
    };
    try {
      return await runProgram(argv, { cwd: output, base, env, capture, signal: reports.signal, line });
    } catch (error) {
      if (reports.signal.aborted) throw error;
      throw new BuildError(`Buildroot: ${(error as Error).message}: ${last}`, { cause: error });
    }
  };
}
