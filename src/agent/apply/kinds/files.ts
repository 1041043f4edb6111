// SPDX-License-Identifier: MIT
/** Rendered files. */
import type { Files } from '../../ports.ts';
import type { KindOperations } from '../operation.ts';

export const file: KindOperations<'file'> = {
  add({ files, record }, item) {
    const before = files.read(item.path);
    const known = record.files.includes(item.path);
    makeFolderOf(files, item.path);
    files.write(item.path, item.content, { mode: item.mode });
    if (!known) record.files.push(item.path);
    return () => {
      if (before === undefined) files.remove(item.path);
      else files.write(item.path, before, { mode: item.mode });
      if (!known) record.files = record.files.filter((path) => path !== item.path);
    };
  },
  remove({ files, record }, item) {
    files.remove(item.path);
    record.files = record.files.filter((path) => path !== item.path);
    return () => {
      files.write(item.path, item.content, { mode: item.mode });
      record.files.push(item.path);
    };
  },
};

function makeFolderOf(files: Files, path: string): void {
  const slash = path.lastIndexOf('/');
  if (slash > 0) files.makeFolder(path.slice(0, slash), 0o755);
}
