// SPDX-License-Identifier: MIT
/**
 * The image that is flashed: checked whole before a byte of it is written, and kept in memory as the mapped ranges only
 * (30 MB of the alix' 86), once for all cards.
 */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { PublicKey } from '../image/bundle/public-key.ts';
import { BuildError, Interrupted, UsageError } from '../image/errors.ts';
import { alignedBuffer } from './block-device.ts';
import { type BlockMap, type MappedRange, parseBlockMap } from './block-map.ts';
import { BLOCK, type Range, totalLength } from './sectors.ts';
import { checkSigned, readSignature } from './signature.ts';

export interface SourceImage {
  readonly path: string;
  /** Absent: nothing beside the image says so. */
  readonly board?: string;
  /** Of Plait; absent as above. */
  readonly version?: string;
  /** Absent: the signature was not looked at. */
  readonly signedBy?: PublicKey;
  readonly size: number;
  /** What must be written, in order; memory that O_DIRECT takes. */
  readonly parts: readonly ImagePart[];
}

export interface ImagePart extends Range {
  readonly bytes: Buffer;
}

interface ManifestFacts {
  readonly plait?: string;
  readonly board: string;
  readonly files: readonly { readonly name: string; readonly size: number; readonly sha256: string }[];
}

export interface Trust {
  /** The image must be signed with one of these. */
  readonly keys: readonly PublicKey[];
  /** Look neither for a signature nor, where it is missing, for a manifest. */
  readonly unsigned: boolean;
}

/**
 * Reads and checks `plait-<board>.img` or `.img.xz`, against the block map, the manifest and the signature beside it.
 * @throws UsageError when something is missing or another's, BuildError when something is damaged
 */
export async function loadImage(path: string, trust: Trust, signal: AbortSignal): Promise<SourceImage> {
  if (!/\.img(?:\.xz)?$/.test(path)) throw new UsageError(`${path}: an image ends in .img or .img.xz`);
  if (!existsSync(path)) throw new UsageError(`there is no file ${path}`);
  const { map, mapName, mapSha256 } = readMap(path);
  const manifest = readManifest(path, trust.unsigned);
  const vouched = trust.unsigned ? undefined : readSignature(path, trust.keys);
  if (vouched && manifest?.board !== vouched.board)
    throw new BuildError(`${path}: manifest.json says board ${manifest?.board}, signed is ${vouched.board}`);
  if (vouched) checkSigned(vouched, mapName, mapSha256);
  const loader = new Loader(map);
  const hash = createHash('sha256');
  let stored = 0;
  const input = createReadStream(path, { signal });
  input.on('data', (chunk) => {
    hash.update(chunk);
    stored += chunk.length;
  });
  try {
    if (path.endsWith('.xz')) await unpack(input, loader, signal);
    else for await (const chunk of input) loader.add(chunk as Buffer);
  } catch (error) {
    if (signal.aborted) throw new Interrupted('interrupted', { cause: error });
    throw error;
  }
  const sha256 = hash.digest('hex');
  if (manifest) checkManifest(path, manifest, sha256, stored);
  if (vouched) checkSigned(vouched, basename(path), sha256);
  return {
    ...{ path, size: map.imageSize, parts: loader.finish(path) },
    ...(manifest ? { board: manifest.board } : {}),
    ...(manifest?.plait === undefined ? {} : { version: manifest.plait }),
    ...(vouched ? { signedBy: vouched.key } : {}),
  };
}

/** Where the block map of an image lies. */
export function blockMapOf(path: string): string {
  return path.replace(/\.img(?:\.xz)?$/, '.bmap');
}

function readMap(path: string): { map: BlockMap; mapName: string; mapSha256: string } {
  const mapPath = blockMapOf(path);
  const mapName = basename(mapPath);
  if (!existsSync(mapPath))
    throw new UsageError(`${path}: there is no ${mapName} beside it, which tells what to write`);
  const text = readFileSync(mapPath, 'utf8');
  const mapSha256 = createHash('sha256').update(text).digest('hex');
  return { map: parseBlockMap(text, mapPath), mapName, mapSha256 };
}

/** Undefined where it is missing and may be. */
function readManifest(path: string, mayBeMissing: boolean): ManifestFacts | undefined {
  const file = join(dirname(path), 'manifest.json');
  if (!existsSync(file)) {
    if (mayBeMissing) return undefined;
    throw new UsageError(
      `${path}: there is no manifest.json beside it, against which it is checked; copy the whole folder that the build ` +
        'wrote. With --unsigned the checksums of its block map are all that is checked',
    );
  }
  try {
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as ManifestFacts;
    if (typeof manifest.board !== 'string' || !Array.isArray(manifest.files))
      throw new Error('no board or no files');
    return manifest;
  } catch (error) {
    throw new UsageError(`${file} is no manifest of an image: ${(error as Error).message}`, { cause: error });
  }
}

function checkManifest(path: string, manifest: ManifestFacts, sha256: string, size: number): void {
  const name = basename(path);
  const entry = manifest.files.find((file) => file.name === name);
  if (!entry) throw new UsageError(`manifest.json beside it knows no ${name}`);
  if (entry.size !== size)
    throw new BuildError(
      `${path} has ${size} bytes, its manifest says ${entry.size}: it is cut or another's`,
    );
  if (entry.sha256 !== sha256)
    throw new BuildError(`${path} is damaged: its SHA-256 is ${sha256}, its manifest says ${entry.sha256}`);
}

/** `xz` unpacks in a process of its own: four times as fast as WebAssembly, and no native module. */
async function unpack(input: NodeJS.ReadableStream, loader: Loader, signal: AbortSignal): Promise<void> {
  const xz = spawn('xz', ['--decompress', '--stdout'], { stdio: ['pipe', 'pipe', 'pipe'], signal });
  let said = '';
  xz.stderr.on('data', (text) => {
    said = `${said}${text}`.slice(-500);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    xz.on('error', reject);
    xz.on('close', resolve);
  });
  // It may end before it has read all, when what it reads is damaged.
  xz.stdin.on('error', () => {});
  input.pipe(xz.stdin);
  for await (const chunk of xz.stdout) loader.add(chunk as Buffer);
  const status = await ended;
  if (status !== 0)
    throw new BuildError(`the image is damaged: xz says ${said.trim() || `status ${status}`}`);
}

/** Takes the image as it comes, and keeps what is mapped. */
class Loader {
  private readonly map: BlockMap;
  private readonly parts: ImagePart[];
  private position = 0;
  private next = 0;

  constructor(map: BlockMap) {
    this.map = map;
    const memory = alignedBuffer(totalLength(map.ranges.map(padded)));
    let at = 0;
    this.parts = map.ranges.map((range) => {
      const { start, length } = padded(range);
      at += length;
      return { start, length, bytes: memory.subarray(at - length, at) };
    });
  }

  add(chunk: Buffer): void {
    const end = this.position + chunk.length;
    for (let part = this.parts[this.next]; part && part.start < end; part = this.parts[this.next]) {
      const from = Math.max(part.start, this.position);
      const to = Math.min(part.start + part.length, end);
      chunk.copy(part.bytes, from - part.start, from - this.position, to - this.position);
      if (part.start + part.length > end) break;
      this.next++;
    }
    this.position = end;
  }

  finish(path: string): ImagePart[] {
    const { imageSize, ranges } = this.map;
    if (this.position !== imageSize)
      throw new BuildError(`${path} holds ${this.position} bytes of an image that has ${imageSize}`);
    for (const [index, { start, length, sha256 }] of ranges.entries()) {
      const bytes = this.parts[index]?.bytes.subarray(0, length) ?? Buffer.alloc(0);
      if (createHash('sha256').update(bytes).digest('hex') !== sha256)
        throw new BuildError(
          `${path} is damaged: the range at byte ${start} does not fit its checksum in the block map`,
        );
    }
    return this.parts;
  }
}

/** A last block that is cut is written whole, filled with zeros. */
function padded({ start, length }: MappedRange): Range {
  return { start, length: Math.ceil(length / BLOCK) * BLOCK };
}
