// SPDX-License-Identifier: MIT
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GrubStages } from '../boot/grub-tools.ts';
import type { BomEntry } from '../engine/engine.ts';
import { hashTree, type Stage } from '../stage.ts';

const texts = fileURLToPath(new URL('../../../LICENSES', import.meta.url));

/** What is in every image besides the engine's parts: Plait itself and the boot loader. */
export async function ownParts(version: string, grub: GrubStages): Promise<BomEntry[]> {
  const names = (await readdir(texts)).sort();
  const stage: Stage = {
    id: 'licenses',
    inputs: await hashTree([texts]),
    deps: [],
    async run(ctx) {
      for (const name of names) await copyFile(join(texts, name), join(ctx.out, name));
    },
  };
  const packages = [...Object.values(grub.modules).map(({ info }) => info)];
  const info = grub.programs.info;
  return [
    {
      name: 'plait',
      version,
      license: 'MIT AND GPL-2.0-only',
      licenseFiles: names.map((path) => ({ stage, path })),
      sources: [],
    },
    {
      name: 'grub',
      version: info.upstream,
      license: 'GPL-3.0-or-later',
      licenseFiles: [{ stage: grub.programs, path: 'root/usr/share/doc/grub-common/copyright' }],
      origin: { archive: `debian ${info.suite}`, package: 'grub2', version: info.version },
      sources: packages.flatMap(({ files }) =>
        files.map(({ name, sha256, size }) => ({ name, sha256, size })),
      ),
    },
  ];
}
