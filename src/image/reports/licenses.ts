// SPDX-License-Identifier: MIT
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { BomEntry } from '../engine/engine.ts';
import { BuildError } from '../errors.ts';
import type { Stage } from '../stage.ts';

/** Copies each component's licence texts to `<dir>/<component>/` and lists them in `<dir>/README.md`. */
export async function collectLicenses(
  bom: readonly BomEntry[],
  output: (stage: Stage) => string,
  dir: string,
): Promise<void> {
  const rows: string[] = [];
  for (const { name, version, license, licenseFiles } of [...bom].sort(byName)) {
    if (licenseFiles.length === 0) throw new BuildError(`${name}: its recipe names no licence text`);
    const to = join(dir, name);
    await mkdir(to, { recursive: true });
    const names = new Set<string>();
    for (const { stage, path } of licenseFiles) {
      const file = basename(path);
      if (names.has(file)) throw new BuildError(`${name}: two licence texts are called ${file}`);
      names.add(file);
      await copyFile(join(output(stage), path), join(to, file));
    }
    const links = [...names].map((file) => `[${file}](${encodeURI(`${name}/${file}`)})`);
    rows.push(`| ${name} | ${version} | ${license} | ${links.join(', ')} |`);
  }
  const head = [
    '# Licences of what is in the image',
    '',
    '| Component | Version | Licence | Texts |',
    '|---|---|---|---|',
  ];
  await writeFile(join(dir, 'README.md'), `${[...head, ...rows].join('\n')}\n`);
}

function byName(a: BomEntry, b: BomEntry): number {
  return a.name < b.name ? -1 : 1;
}
