// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { PackageStage, Sources } from '../sources/sources.ts';
import type { StageContext } from '../stage.ts';
import type { GrubTools } from './grub-core.ts';

/** The packages that GRUB comes from; pinned like the sources, so that its version does not depend on the host. */
export interface GrubStages {
  readonly programs: PackageStage;
  readonly modules: PackageStage;
  /** A library of grub-mkimage that a small Debian lacks. */
  readonly library: PackageStage;
}

export async function grubStages(sources: Sources): Promise<GrubStages> {
  const from = { suites: ['bookworm', 'bookworm-security'] as const, range: '>=2.06 <2.12' };
  return {
    programs: await sources.binary({ name: 'grub-common', ...from }),
    modules: await sources.binary({ name: 'grub-pc-bin', ...from }),
    library: await sources.binary({ name: 'libdevmapper1.02.1', suites: from.suites }),
  };
}

/** Where a stage that depends on them finds GRUB's program and modules. */
export function grubToolsOf(stages: GrubStages, ctx: StageContext): GrubTools {
  const root = (stage: PackageStage) => join(ctx.output(stage), 'root');
  return {
    mkimage: join(root(stages.programs), 'usr/bin/grub-mkimage'),
    modules: join(root(stages.modules), 'usr/lib/grub/i386-pc'),
    libraries: join(root(stages.library), 'lib/x86_64-linux-gnu'),
  };
}
