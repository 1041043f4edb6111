// SPDX-License-Identifier: MIT
/** Puts a plait.yaml into the data partition of an image, so that a board starts with it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../appliance/config.ts';
import { describe } from '../appliance/problems.ts';
import { BuildError, UsageError } from '../image/errors.ts';
import { alignedBuffer } from './block-device.ts';
import type { ImagePart, SourceImage } from './source-image.ts';
import { sshKeysIn, withSshKeys } from './ssh-keys.ts';
import { program } from './this-machine.ts';

/** Of an ext4 superblock (Linux, fs/ext4/ext4.h): at byte 1024. */
const MAGIC_AT = 1024 + 56;
const MAGIC = 0xef53;

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
  const data = image.parts.find(isFileSystem);
  if (!data) throw new BuildError('the image has no data partition that a configuration could be put in');
  const changed = await withFile(data, text, signal);
  return { ...image, parts: image.parts.map((part) => (part === data ? changed : part)) };
}

function readText(option: string, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: Error) => {
    throw new UsageError(`${option}: ${error.message}`, { cause: error });
  });
}

function isFileSystem({ bytes }: ImagePart): boolean {
  return bytes.length > MAGIC_AT + 2 && bytes.readUInt16LE(MAGIC_AT) === MAGIC;
}

/** debugfs of e2fsprogs writes into a file system that is not mounted, without being root. */
async function withFile(data: ImagePart, text: string, signal: AbortSignal): Promise<ImagePart> {
  const folder = await mkdtemp(join(tmpdir(), 'plait-flash-'));
  try {
    const [fileSystem, config, commands] = ['data.ext4', 'plait.yaml', 'commands'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    await writeFile(fileSystem, data.bytes);
    await writeFile(config, text, { mode: 0o600 });
    await writeFile(
      commands,
      [
        `write ${config} plait.yaml`,
        'set_inode_field plait.yaml mode 0100600',
        'set_inode_field plait.yaml uid 0',
        'set_inode_field plait.yaml gid 0',
        'cat plait.yaml',
        '',
      ].join('\n'),
    );
    const said = await program(['debugfs', '-w', '-f', commands, fileSystem], signal);
    // Its exit code tells of no command that failed, so the file is read back.
    if (!said.includes(text))
      throw new BuildError(`the configuration could not be put into the image: ${said.trim()}`);
    const bytes = alignedBuffer(data.length);
    (await readFile(fileSystem)).copy(bytes);
    return { ...data, bytes };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
