// SPDX-License-Identifier: MIT
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { StageContext } from '../../stage.ts';
import type { ShowInfo } from './info.ts';
import type { Buildroot, MakeOptions } from './make.ts';
import type { Override } from './overrides.ts';

/** What the reports are made from. */
export interface Reported {
  readonly make: MakeOptions;
  readonly info: ShowInfo;
  readonly overrides: readonly Override[];
}

/**
 * Buildroot's own reports: `buildroot.cdx.json`, every package that was built, those for the build machine too, with
 * its patches; `buildroot-licenses.csv`, what `make legal-info` says of those on the board.
 */
export async function writeBuildrootReports(
  options: Reported,
  buildroot: Buildroot,
  to: string,
  ctx: StageContext,
): Promise<void> {
  await mkdir(to);
  await writeFile(join(to, 'buildroot.cdx.json'), await cycloneDx(options, ctx));
  await writeFile(
    join(to, 'buildroot-licenses.csv'),
    correctManifest(await legalInfo(options, buildroot), options.info),
  );
}

/** Buildroot's tool, given the corrected versions; its copy of SPDX's words comes from a library instead of the network. */
async function cycloneDx({ make, info }: Reported, ctx: StageContext): Promise<string> {
  const words = join(ctx.work, 'cyclonedx');
  await mkdir(words);
  await copyFile(spdxSchema(), join(words, 'spdx-1.6.schema.json'));
  const tool = ['python3', join(make.tree, 'utils/generate-cyclonedx')];
  return ctx.read(tool, { input: JSON.stringify(info), env: { BR2_DL_DIR: ctx.work } });
}

/** SPDX's licence identifiers as the CycloneDX schema lists them. */
export function spdxSchema(): string {
  const library = createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json');
  return join(dirname(library), 'res/schema/spdx.SNAPSHOT.schema.json');
}

/**
 * The manifest of `make legal-info`; kept in the output directory, in which the packages stay the same. Overridden
 * packages have other licence texts than Buildroot has hashes of; they are collected from the source.
 */
async function legalInfo({ overrides }: Reported, buildroot: Buildroot): Promise<string> {
  const kept = join(buildroot.output, 'plait/legal-info.csv');
  const known = await readFile(kept, 'utf8').catch(() => undefined);
  if (known !== undefined) return known;
  const skipped = overrides.flatMap(({ variable }) => [
    `${variable}_LICENSE_FILES=`,
    `HOST_${variable}_LICENSE_FILES=`,
  ]);
  await buildroot.make(['legal-info', skipped]);
  const text = await readFile(join(buildroot.output, 'legal-info/manifest.csv'), 'utf8');
  // It has copies of all sources, which stay in the download directory anyway.
  await rm(join(buildroot.output, 'legal-info'), { recursive: true });
  await writeFile(kept, text);
  return text;
}

/** The lines `"package","version",…` with the versions that were really built. */
export function correctManifest(csv: string, info: ShowInfo): string {
  return csv.replace(/^"([^"]*)","([^"]*)"/gm, (line, name: string) => {
    const version = info[name]?.version;
    return version === undefined ? line : `"${name}","${version}"`;
  });
}
