// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { imageRecipes } from '../../packages/recipes.ts';
import type { PackageStage } from '../../sources/sources.ts';
import type { Stage } from '../../stage.ts';
import type { BomEntry } from '../engine.ts';
import { muslChangelog, type Toolchain } from '../toolchain/toolchain.ts';
import { licenseName } from './build-stage.ts';
import { withNeeds } from './defconfig.ts';
import { imagePackages, type PackageFacts } from './info.ts';
import { spdxExpression } from './licenses.ts';
import type { LookedUp } from './look-up.ts';
import { type HashedOverride, variableOf } from './overrides.ts';
import type { BuildrootTree } from './release.ts';
import { spdxSchema } from './reports.ts';

export interface BomParts {
  /** Output: `licenses/<name>/`. */
  readonly build: Stage;
  readonly tree: BuildrootTree;
  readonly linux: PackageStage;
  readonly toolchain: Toolchain | undefined;
  readonly overrides: readonly HashedOverride[];
}

/** What is on the board, as Buildroot tells it, with the errors in that corrected. */
export async function billOfMaterials(found: LookedUp, parts: BomParts): Promise<BomEntry[]> {
  const schema = JSON.parse(await readFile(spdxSchema(), 'utf8')) as { enum: string[] };
  const known = new Set(schema.enum);
  return [
    ...kernelEntry(found, parts),
    ...libcEntry(parts),
    ...imagePackages(found.info).map((facts) => packageEntry(facts, found, parts, known)),
  ];
}

function packageEntry(
  facts: PackageFacts,
  found: LookedUp,
  { build, tree, overrides }: BomParts,
  known: ReadonlySet<string>,
): BomEntry {
  const { name, version = '', licenses = '' } = facts;
  const recipe = withNeeds(imageRecipes).find((one) => one.name === name);
  const override = overrides.find(({ variable }) => variable === variableOf(name));
  const files = found.files.filter((file) => file.package === name);
  const cpe = facts['cpe-id'];
  return {
    name,
    version,
    license: recipe?.license.spdx ?? spdxExpression(licenses, known),
    licenseFiles: (facts.license_files ?? []).map((file) => ({
      stage: build,
      path: `licenses/${name}/${licenseName(file)}`,
    })),
    origin: { archive: `buildroot ${tree.version}`, package: name, version },
    ...(cpe === undefined ? {} : { cpe }),
    ...(recipe?.notAffected ? { notAffected: recipe.notAffected } : {}),
    sources: override
      ? [{ name: `directory of ${name} ${version}`, sha256: override.digest }]
      : files.map(({ name: file, sha256, size }) => ({ name: file, sha256, size })),
  };
}

function kernelEntry({ info }: LookedUp, { build, linux }: BomParts): BomEntry[] {
  const facts = info.linux;
  if (facts === undefined) return [];
  const cpe = facts['cpe-id'];
  return [
    {
      ...archived(linux, 'linux', 'GPL-2.0-only WITH Linux-syscall-note'),
      licenseFiles: (facts.license_files ?? []).map((file) => ({
        stage: build,
        path: `licenses/linux/${licenseName(file)}`,
      })),
      ...(cpe === undefined ? {} : { cpe }),
    },
  ];
}

function libcEntry({ toolchain }: BomParts): BomEntry[] {
  if (toolchain === undefined) return [];
  const licenseFiles = [{ stage: toolchain, path: 'licenses/musl/COPYRIGHT' }];
  const changelog = { stage: toolchain, path: muslChangelog };
  return [{ ...archived(toolchain.musl, 'musl', 'MIT'), licenseFiles, changelog }];
}

/** What comes from Debian's archive with this engine too. */
function archived({ info }: PackageStage, name: string, license: string): Omit<BomEntry, 'licenseFiles'> {
  return {
    name,
    version: info.upstream,
    license,
    origin: { archive: `debian ${info.suite}`, package: info.package, version: info.version },
    sources: info.files.map(({ name, sha256, size }) => ({ name, sha256, size })),
  };
}
