// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { Firmware } from '../board.ts';
import type { PackageStage, Sources } from '../sources/sources.ts';
import type { StageContext } from '../stage.ts';
import { type GrubTools, grubFormats } from './grub-core.ts';

/** The packages that GRUB comes from; pinned like the sources, so that its version does not depend on the host. */
export interface GrubStages {
  readonly programs: PackageStage;
  readonly modules: Readonly<Partial<Record<Firmware, PackageStage>>>;
  /** A library of grub-mkimage that a small Debian lacks. */
  readonly library: PackageStage;
}

const modulePackages: Readonly<Record<Firmware, string>> = { bios: 'grub-pc-bin', efi: 'grub-efi-amd64-bin' };

export async function grubStages(sources: Sources, firmwares: readonly Firmware[]): Promise<GrubStages> {
  const from = { releases: ['bookworm'] as const, range: '>=2.06 <2.12' };
  const modules: Partial<Record<Firmware, PackageStage>> = {};
  for (const firmware of firmwares)
    modules[firmware] = await sources.binary({ name: modulePackages[firmware], ...from });
  return {
    programs: await sources.binary({ name: 'grub-common', ...from }),
    modules,
    library: await sources.binary({ name: 'libdevmapper1.02.1', releases: from.releases }),
  };
}

/** Where a stage that depends on them finds GRUB's program and modules, the ones below a directory for each firmware. */
export function grubToolsOf(stages: GrubStages, ctx: StageContext): GrubTools {
  const root = (stage: PackageStage) => join(ctx.output(stage), 'root');
  const modules = Object.entries(stages.modules).map(([firmware, stage]) => [
    firmware,
    join(root(stage), 'usr/lib/grub', grubFormats[firmware as Firmware]),
  ]);
  return {
    mkimage: join(root(stages.programs), 'usr/bin/grub-mkimage'),
    modules: Object.fromEntries(modules),
    libraries: join(root(stages.library), 'lib/x86_64-linux-gnu'),
  };
}
