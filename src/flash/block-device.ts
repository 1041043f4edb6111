// SPDX-License-Identifier: MIT
/**
 * A card as bytes. The real one is opened exclusively (O_EXCL: no file system of it can be mounted meanwhile) and past
 * the page cache (O_DIRECT: what is read back was really stored). Tests give a card with faults instead.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { BuildError } from '../image/errors.ts';

export interface BlockDevice {
  /** Bytes. */
  readonly size: number;
  /** Fills `into` from `position`; throws a DeviceError. */
  read(into: Uint8Array, position: number): Promise<void>;
  /** Throws a DeviceError. */
  write(from: Uint8Array, position: number): Promise<void>;
  /** Until all that was written is on the card, not in its cache. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** A card refused to read or write. */
export class DeviceError extends BuildError {
  override name = 'DeviceError';
  readonly position: number;
  /** `EIO`; `SHORT` when fewer bytes moved than asked for. */
  readonly code: string;

  constructor(verb: 'read' | 'write', position: number, code: string) {
    super(`could not ${verb} at byte ${position}: ${code === 'SHORT' ? 'the device ends there' : code}`);
    this.position = position;
    this.code = code;
  }
}

const WASM_PAGE = 65_536;

/** TypeScript's own types of it are those of browsers. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { Memory: new (pages: { initial: number }) => { buffer: ArrayBuffer } };
};

/** Memory that O_DIRECT takes: that of WebAssembly is page-aligned, Node's own buffers are not. */
export function alignedBuffer(bytes: number): Buffer {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / WASM_PAGE) });
  return Buffer.from(memory.buffer, 0, bytes);
}

/** A disk, or a file that stands for a card: opened as above. The error's `code` is that of the system. */
export async function openDevice(
  path: string,
  size: number,
  writable: boolean,
  exclusive: boolean,
): Promise<BlockDevice> {
  const { O_RDWR, O_RDONLY, O_DIRECT, O_EXCL } = constants;
  const flags = (writable ? O_RDWR : O_RDONLY) | O_DIRECT | (exclusive ? O_EXCL : 0);
  return new DirectFile(await open(path, flags), size);
}

class DirectFile implements BlockDevice {
  readonly size: number;
  private readonly handle: FileHandle;

  constructor(handle: FileHandle, size: number) {
    this.handle = handle;
    this.size = size;
  }

  async read(into: Uint8Array, position: number): Promise<void> {
    const { bytesRead } = await this.handle
      .read(into, 0, into.length, position)
      .catch(refused('read', position));
    if (bytesRead !== into.length) throw new DeviceError('read', position + bytesRead, 'SHORT');
  }

  async write(from: Uint8Array, position: number): Promise<void> {
    const { bytesWritten } = await this.handle
      .write(from, 0, from.length, position)
      .catch(refused('write', position));
    if (bytesWritten !== from.length) throw new DeviceError('write', position + bytesWritten, 'SHORT');
  }

  async flush(): Promise<void> {
    await this.handle.datasync().catch(refused('write', 0));
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

function refused(verb: 'read' | 'write', position: number): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw new DeviceError(verb, position, error.code ?? error.message);
  };
}
