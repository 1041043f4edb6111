// SPDX-License-Identifier: MIT
/** Pipes to and from programs, and bytes that become lines. */
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import { decodeUtf8 } from '../../utf8.ts';
import { concat, EAGAIN, MAX_FILE, readAll } from './descriptors.ts';

const MAX_LINE = 1024 * 1024;

/** Writes all of it as the reader takes it, then closes. */
export function feed(fd: number, data: Uint8Array): void {
  native.setNonBlocking(fd);
  const bytes = data.slice();
  let at = 0;
  const close = () => {
    os.setWriteHandler(fd, null);
    os.close(fd);
  };
  const push = () => {
    while (at < bytes.length) {
      const wrote = os.write(fd, bytes.buffer, at, bytes.length - at);
      if (wrote === EAGAIN) return;
      if (wrote < 0) break;
      at += wrote;
    }
    close();
  };
  os.setWriteHandler(fd, push);
}

/** Gathers what comes; the function closes the descriptor and gives the text so far. */
export function collect(fd: number): () => string {
  native.setNonBlocking(fd);
  const parts: Uint8Array[] = [];
  let total = 0;
  let open = true;
  const close = () => {
    if (open) os.close(fd);
    open = false;
  };
  const take = () => {
    const data = readAll('pipe', fd);
    // Readable without data: its end.
    if (data.length === 0) {
      os.setReadHandler(fd, null);
      close();
      return;
    }
    if (total < MAX_FILE) parts.push(data);
    total += data.length;
  };
  os.setReadHandler(fd, take);
  return () => {
    if (open) {
      os.setReadHandler(fd, null);
      parts.push(readAll('pipe', fd));
      close();
    }
    return decodeUtf8(
      concat(
        parts,
        parts.reduce((sum, part) => sum + part.length, 0),
      ),
    );
  };
}

/** Hands on each line of a pipe until its end. */
export function lines(fd: number, line: (text: string) => void): void {
  native.setNonBlocking(fd);
  let splitter = lineSplitter(line);
  os.setReadHandler(fd, () => {
    const data = readAll('pipe', fd);
    if (data.length > 0) {
      // The beginning of a line without end is dropped: a program that talks nonsense takes no memory for it.
      if (!splitter(data)) splitter = lineSplitter(line);
      return;
    }
    os.setReadHandler(fd, null);
    os.close(fd);
  });
}

/** Splits bytes at line breaks before they become text, so that no character is cut. False: a line is too long. */
export function lineSplitter(line: (text: string) => void): (data: Uint8Array) => boolean {
  let rest: Uint8Array = new Uint8Array(0);
  return (data) => {
    const all = concat([rest, data], rest.length + data.length);
    let from = 0;
    for (let end = all.indexOf(10, from); end >= 0; end = all.indexOf(10, from)) {
      line(decodeUtf8(all.subarray(from, end)));
      from = end + 1;
    }
    rest = all.slice(from);
    return rest.length <= MAX_LINE;
  };
}
