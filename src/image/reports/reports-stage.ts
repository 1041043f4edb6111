// SPDX-License-Identifier: MIT
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Board } from '../board.ts';
import { machineOf } from '../build-machine.ts';
import { hashFile } from '../cache.ts';
import { codeOf } from '../code-key.ts';
import type { BomEntry } from '../engine/engine.ts';
import { type RootSizes, sizesFile } from '../rootfs/rootfs-stage.ts';
import type { PackageInfo } from '../sources/sources.ts';
import { squashfsFile } from '../squashfs/squashfs-stage.ts';
import type { Stage, StageContext } from '../stage.ts';
import { collectLicenses } from './licenses.ts';
import type { IsaGateFacts, Manifest } from './manifest.ts';
import { builtStatements } from './vex-statements.ts';

export interface ReportsStageOptions {
  readonly board: Board;
  /** Every component of the image. */
  readonly bom: readonly BomEntry[];
  readonly version: string;
  readonly revision: string | null;
  readonly buildId: string;
  readonly packages: readonly PackageInfo[];
  /** The engine's name and what it says of itself. */
  readonly engine: Manifest['engine'];
  readonly slotLimit: number;
  readonly rootfs: Stage;
  readonly gate: Stage;
  readonly squashfs: Stage;
  /** Stages whose outputs are published beside the reports. */
  readonly published: readonly Stage[];
}

/** Output: `manifest.json`, `sbom.cdx.json`, `vex.cdx.json` and `licenses/`. */
export async function reportsStage(options: ReportsStageOptions): Promise<Stage> {
  const { board, version, revision, buildId, packages, engine } = options;
  const { name, title } = board;
  const bom = options.bom.map(({ licenseFiles, changelog, ...entry }) => ({
    ...entry,
    changelog: changelog?.path,
    licenses: licenseFiles.map(({ stage, path }) => [stage.id, path]),
  }));
  return {
    id: 'reports',
    inputs: {
      name,
      title,
      bom,
      packages,
      engine,
      version,
      revision,
      buildId,
      code: await codeOf(import.meta.url),
    },
    deps: stagesOf(options),
    dated: true,
    async run(ctx) {
      // Loaded when reports are made: the library of CycloneDX and the schemas' checker are half of all modules.
      const [{ sbom }, { vex }] = await Promise.all([import('./sbom.ts'), import('./vex.ts')]);
      const manifest = await makeManifest(options, ctx);
      await writeFile(join(ctx.out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
      const imageSha256 = manifest.files.find((file) => file.name.endsWith('.img'))?.sha256 ?? '';
      const text = await sbom({ board, version, imageSha256, epoch: ctx.epoch, bom: options.bom });
      await writeFile(join(ctx.out, 'sbom.cdx.json'), text);
      const statements = await builtStatements(options.bom, ctx.output);
      const known = await vex({ board, version, imageSha256, epoch: ctx.epoch, statements });
      await writeFile(join(ctx.out, 'vex.cdx.json'), known);
      const licenses = join(ctx.out, 'licenses');
      await mkdir(licenses);
      await collectLicenses(options.bom, ctx.output, licenses);
    },
  };
}

function stagesOf({ rootfs, gate, squashfs, published, bom }: ReportsStageOptions): Stage[] {
  const licensed = bom.flatMap(({ licenseFiles }) => licenseFiles.map(({ stage }) => stage));
  const changed = bom.flatMap(({ changelog }) => changelog?.stage ?? []);
  return [...new Set([rootfs, gate, squashfs, ...published, ...licensed, ...changed])];
}

async function makeManifest(options: ReportsStageOptions, ctx: StageContext): Promise<Manifest> {
  const { board, version, revision, buildId, packages, slotLimit, engine } = options;
  const sizes = await readJson<RootSizes>(join(ctx.output(options.rootfs), sizesFile));
  const slot = await stat(join(ctx.output(options.squashfs), squashfsFile));
  return {
    plait: version,
    board: board.name,
    engine,
    epoch: ctx.epoch,
    revision,
    buildId,
    files: (await Promise.all(options.published.map((stage) => listFiles(ctx.output(stage))))).flat(),
    slot: { size: slot.size, limit: slotLimit, unpacked: sizes.reduce((sum, { bytes }) => sum + bytes, 0) },
    sizes,
    isaGate: await readJson<IsaGateFacts>(join(ctx.output(options.gate), 'isa-gate.json')),
    components: options.bom.map(({ licenseFiles: _, changelog: __, ...entry }) => entry),
    packages: [...packages]
      .sort((a, b) => (`${a.kind} ${a.package}` < `${b.kind} ${b.package}` ? -1 : 1))
      .map(({ kind, package: name, version, suite, files }) => ({
        kind,
        package: name,
        version,
        suite,
        files,
      })),
    hostPackages: machineOf(stagesOf(options)),
  };
}

async function listFiles(dir: string): Promise<Manifest['files'][number][]> {
  const names = (await readdir(dir)).sort();
  return Promise.all(
    names.map(async (name) => {
      const path = join(dir, name);
      return { name, size: (await stat(path)).size, sha256: await hashFile(path) };
    }),
  );
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T;
}
