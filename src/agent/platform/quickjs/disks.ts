// SPDX-License-Identifier: MIT
/** Raw disks and their partitions. */
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import type { Disks } from '../../ports.ts';
import { must, withFile, writeAll } from './descriptors.ts';

const O_SYNC = 0o4010000;

export const disks: Disks = { readAt, writeAt, size, resizePartition };

function readAt(path: string, offset: number, length: number): Uint8Array {
  return withFile(path, os.O_RDONLY, 0, (fd) => {
    must(path, os.seek(fd, offset, 0));
    const buffer = new ArrayBuffer(length);
    let at = 0;
    while (at < length) {
      const got = must(path, os.read(fd, buffer, at, length - at));
      if (got === 0) throw new Error(`${path} ends before byte ${offset + length}`);
      at += got;
    }
    return new Uint8Array(buffer);
  });
}

function writeAt(path: string, offset: number, data: Uint8Array): void {
  withFile(path, os.O_WRONLY | O_SYNC, 0, (fd) => {
    must(path, os.seek(fd, offset, 0));
    writeAll(path, fd, data);
    native.fsync(fd);
  });
}

function size(path: string): number {
  return withFile(path, os.O_RDONLY, 0, native.blockSize);
}

function resizePartition(path: string, partition: number, start: number, length: number): void {
  withFile(path, os.O_RDWR, 0, (fd) => native.resizePartition(fd, partition, start, length));
}
