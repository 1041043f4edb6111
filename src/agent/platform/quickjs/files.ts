// SPDX-License-Identifier: MIT
/** Files below the root. */
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import type { Files } from '../../ports.ts';
import { decodeUtf8, encodeUtf8 } from '../../utf8.ts';
import { ENOENT, must, O_CLOEXEC, readAll, withFile, writeAll } from './descriptors.ts';

const EEXIST = -17;
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;

export const files: Files = {
  read(path) {
    const fd = os.open(path, os.O_RDONLY | O_CLOEXEC);
    if (fd === ENOENT) return undefined;
    must(path, fd);
    try {
      return decodeUtf8(readAll(path, fd));
    } finally {
      os.close(fd);
    }
  },
  write(path, text, { mode = 0o644, durable = false } = {}) {
    const temporary = `${path}.new`;
    withFile(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600, (fd) => {
      writeAll(temporary, fd, encodeUtf8(text));
      native.fchmod(fd, mode);
      if (durable) native.fsync(fd);
    });
    must(path, os.rename(temporary, path));
    if (durable) syncFolder(path);
  },
  poke(path, text) {
    withFile(path, os.O_WRONLY, 0, (fd) => writeAll(path, fd, encodeUtf8(text)));
  },
  remove(path, durable = false) {
    const result = os.remove(path);
    if (result === ENOENT) return;
    must(path, result);
    if (durable) syncFolder(path);
  },
  move(from, to) {
    must(from, os.rename(from, to));
    syncFolder(to);
    syncFolder(from);
  },
  list(path) {
    const [names, error] = os.readdir(path);
    return error === 0 ? names.filter((name) => name !== '.' && name !== '..') : [];
  },
  look(path) {
    if (os.readlink(path)[1] === 0) return { kind: 'link', mode: 0 };
    const [stat, errno] = os.stat(path);
    if (stat === null) {
      if (Math.abs(errno) !== -ENOENT) must(path, -Math.abs(errno));
      return undefined;
    }
    return { kind: (stat.mode & S_IFMT) === S_IFREG ? 'file' : 'other', mode: stat.mode & 0o7777 };
  },
  makeFolder(path, mode) {
    const parts = path.split('/').filter((part) => part !== '');
    for (let count = 1; count <= parts.length; count++) {
      const folder = `/${parts.slice(0, count).join('/')}`;
      const result = os.mkdir(folder, mode);
      // A read-only folder above may well exist.
      if (result < 0 && result !== EEXIST && os.stat(folder)[1] !== 0) must(folder, result);
    }
  },
};

function folderOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function syncFolder(path: string): void {
  withFile(folderOf(path), os.O_RDONLY, 0, native.fsync);
}
