// SPDX-License-Identifier: MIT
/** Puts a plait.yaml into the data partition of an image, so that a board starts with it. */
import { readFile } from 'node:fs/promises';
import { parseConfig } from '../appliance/config.ts';
import { describe } from '../appliance/problems.ts';
import { UsageError } from '../image/errors.ts';
import { withDataFile } from './data-files.ts';
import type { SourceImage } from './source-image.ts';
import { sshKeysIn, withSshKeys } from './ssh-keys.ts';

/** The image with the configuration in it. @throws UsageError when the configuration is not valid */
export async function configuredImage(
  image: SourceImage,
  configPath: string,
  sshKeyPaths: readonly string[],
  signal: AbortSignal,
): Promise<SourceImage> {
  const written = await readText('--config', configPath);
  const keys: string[] = [];
  for (const path of sshKeyPaths) keys.push(...sshKeysIn(await readText('--ssh-key', path), path));
  const text = keys.length === 0 ? written : withSshKeys(written, keys, `--config: ${configPath}`);
  const parsed = parseConfig(text);
  if (!parsed.ok)
    throw new UsageError(
      `--config: ${configPath} is not valid:\n${parsed.problems.map(describe).join('\n')}`,
    );
  return withDataFile(image, { what: 'the configuration', path: 'plait.yaml', text }, signal);
}

function readText(option: string, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: Error) => {
    throw new UsageError(`${option}: ${error.message}`, { cause: error });
  });
}
