// SPDX-License-Identifier: MIT
/** What boards load by TFTP: the files of one signed archive of the image, in a folder that is gone with the service. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { checkSigned, readSignature } from '../../flash/signature.ts';
import { pxeFiles } from '../../image/boot/grub-config.ts';
import type { PublicKey } from '../../image/bundle/public-key.ts';
import { type CpioEntry, readCpio } from '../../image/cpio.ts';
import { BuildError, UsageError } from '../../image/errors.ts';

/** @throws UsageError when it is not there; BuildError when it is not the one that was signed */
export async function readBootFiles(archive: string, keys: readonly PublicKey[]): Promise<CpioEntry[]> {
  if (!existsSync(archive))
    throw new UsageError(
      `there is no ${archive}, from which boards without a card start: images for a BIOS have it since this version; build it anew`,
    );
  const vouched = readSignature(archive, keys);
  const bytes = await readFile(archive);
  checkSigned(vouched, basename(archive), createHash('sha256').update(bytes).digest('hex'));
  const entries = readCpio(bytes);
  const names: string[] = Object.values(pxeFiles);
  if (entries.length !== names.length || entries.some(({ name }) => !names.includes(name)))
    throw new BuildError(
      `${archive} holds ${entries.map(({ name }) => name).join(', ')}, not ${names.join(', ')}`,
    );
  return entries;
}

/** A new folder that the TFTP server, which is no root, may read. */
export async function bootFolder(entries: readonly CpioEntry[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'plait-pxe-'));
  for (const { name, data } of entries) await writeFile(join(folder, name), data, { mode: 0o644 });
  await chmod(folder, 0o755);
  return folder;
}
