// SPDX-License-Identifier: MIT
/**
 * Small files over a shell on a serial console, compared by SHA-256. They go as base64 with the terminal's echo off, so that
 * no log holds what is in them, and in short lines, each after the one before was taken: such a line has no flow control.
 */
import { randomBytes } from 'node:crypto';
import { LEAVE, quote, type Shell } from './shell.ts';

/** Characters in a line: fewer bytes than the smallest buffer on the way. */
const LINE = 64;
/** Milliseconds until a line is taken. */
const TAKEN = 10_000;

export interface TransferOptions {
  readonly signal?: AbortSignal;
  /** Called after each line with the share that is sent, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** Writes a file for its owner alone. @throws ConsoleError when it arrived damaged; ConsoleTimeout */
export async function sendFile(
  shell: Shell,
  path: string,
  bytes: Uint8Array,
  { signal, onProgress = () => {} }: TransferOptions = {},
): Promise<void> {
  const { console } = shell;
  const options = { clean: true, timeout: TAKEN, ...(signal && { signal }) };
  const id = randomBytes(4).toString('hex');
  const taken = new RegExp(`@\\+${id}\\r*\\n`);
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  await shell.ask(`rm -f ${quote(path)}; stty -echo`, options);
  try {
    // The shell's own editor would take the lines: they are read by a command of it.
    await console.sendLine(
      `(umask 077; T=${id}; echo "@+$T"; while read -r l && [ "$l" != . ]; do echo "$l" >&3; echo "@+$T"; done) 3>${quote(path)}`,
    );
    await console.expect(taken, options);
    for (const [index, line] of [...lines, '.'].entries()) {
      await console.sendLine(line);
      if (line !== '.') await console.expect(taken, options);
      onProgress((index + 1) / (lines.length + 1));
    }
    const coded = quote(`${path}.base64`);
    await shell.ask(
      `(umask 077; mv ${quote(path)} ${coded} && base64 -d ${coded} >${quote(path)}; rm ${coded})`,
      options,
    );
  } catch (error) {
    await console.send(LEAVE);
    throw error;
  } finally {
    await shell.run('stty echo', options).catch(() => {});
  }
  await shell.compare(path, bytes, options);
}

/** Reads a file. @throws ConsoleError when it came damaged three times */
export async function readFile(shell: Shell, path: string, signal?: AbortSignal): Promise<Buffer> {
  return await shell.bytes(`cat ${quote(path)}`, signal && { signal });
}
