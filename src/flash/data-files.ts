// SPDX-License-Identifier: MIT
/** Puts files into the data partition of an image, for root alone: what a board finds at its first start. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuildError } from '../image/errors.ts';
import { alignedBuffer } from './block-device.ts';
import type { ImagePart, SourceImage } from './source-image.ts';
import { program } from './this-machine.ts';

/** Of an ext4 superblock (Linux, fs/ext4/ext4.h): at byte 1024. */
const MAGIC_AT = 1024 + 56;
const MAGIC = 0xef53;

export interface DataFile {
  /** What it is, for an error. */
  readonly what: string;
  /** Its place below /data: a name, or one of a folder that is made with it. */
  readonly path: string;
  readonly text: string;
}

/** @throws BuildError when the image has no data partition, or the file is not in it afterwards */
export async function withDataFile(
  image: SourceImage,
  file: DataFile,
  signal: AbortSignal,
): Promise<SourceImage> {
  const data = image.parts.find(isFileSystem);
  if (!data) throw new BuildError(`the image has no data partition that ${file.what} could be put in`);
  const changed = await written(data, file, signal);
  return { ...image, parts: image.parts.map((part) => (part === data ? changed : part)) };
}

function isFileSystem({ bytes }: ImagePart): boolean {
  return bytes.length > MAGIC_AT + 2 && bytes.readUInt16LE(MAGIC_AT) === MAGIC;
}

/** debugfs of e2fsprogs writes into a file system that is not mounted, without being root. */
async function written(
  data: ImagePart,
  { what, path, text }: DataFile,
  signal: AbortSignal,
): Promise<ImagePart> {
  const scratch = await mkdtemp(join(tmpdir(), 'plait-flash-'));
  try {
    const [fileSystem, source, commands] = ['data.ext4', 'file', 'commands'].map((name) =>
      join(scratch, name),
    ) as [string, string, string];
    await writeFile(fileSystem, data.bytes);
    await writeFile(source, text, { mode: 0o600 });
    const [folder] = path.includes('/') ? path.split('/') : [];
    const lines = [
      ...(folder === undefined ? [] : [`mkdir ${folder}`, ...forRoot(folder, '040700')]),
      `write ${source} ${path}`,
      ...forRoot(path, '0100600'),
      `cat ${path}`,
    ];
    await writeFile(commands, `${lines.join('\n')}\n`);
    const said = await program(['debugfs', '-w', '-f', commands, fileSystem], signal);
    // Its exit code tells of no command that failed, so the file is read back.
    if (!said.includes(text)) throw new BuildError(`${what} could not be put into the image: ${said.trim()}`);
    const bytes = alignedBuffer(data.length);
    (await readFile(fileSystem)).copy(bytes);
    return { ...data, bytes };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function forRoot(path: string, mode: string): string[] {
  return [`mode ${mode}`, 'uid 0', 'gid 0'].map((field) => `set_inode_field ${path} ${field}`);
}
