// SPDX-License-Identifier: MIT
/** Files and pipes by descriptor, with errors as the ports promise them. */
import * as os from 'quickjs-os';
import { errnoName } from '../../errno.ts';

export const O_CLOEXEC = 0o2000000;
/** Failures of os calls that are answers too. */
export const EAGAIN = -11;
export const ENOENT = -2;

export const MAX_FILE = 4 * 1024 * 1024;
export const CHUNK = 16 * 1024;

function portError(what: string, negativeErrno: number): Error {
  const { code, text } = errnoName(-negativeErrno);
  return Object.assign(new Error(`${what}: ${text}`), { code });
}

/** Result of an os call that tells failure by a negative errno. */
export function must(what: string, result: number): number {
  if (result < 0) throw portError(what, result);
  return result;
}

export function openFile(path: string, flags: number, mode = 0): number {
  return must(path, os.open(path, flags | O_CLOEXEC, mode));
}

export function withFile<T>(path: string, flags: number, mode: number, use: (fd: number) => T): T {
  const fd = openFile(path, flags, mode);
  try {
    return use(fd);
  } finally {
    os.close(fd);
  }
}

export function writeAll(path: string, fd: number, data: Uint8Array): void {
  const bytes = data.slice();
  let at = 0;
  while (at < bytes.length) at += must(path, os.write(fd, bytes.buffer, at, bytes.length - at));
}

/** All that a descriptor gives until its end, or until it would block. */
export function readAll(path: string, fd: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let total = 0;
  const buffer = new ArrayBuffer(CHUNK);
  for (;;) {
    const got = os.read(fd, buffer, 0, CHUNK);
    if (got === EAGAIN || got === 0) break;
    must(path, got);
    total += got;
    if (total > MAX_FILE) throw new Error(`${path} is longer than ${MAX_FILE} bytes`);
    parts.push(new Uint8Array(buffer.slice(0, got)));
  }
  return concat(parts, total);
}

export function concat(parts: readonly Uint8Array[], total: number): Uint8Array {
  const all = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
