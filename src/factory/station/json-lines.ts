// SPDX-License-Identifier: MIT
/**
 * Files of JSON, a line for each entry, on the disk before the call returns. A torn last line is an entry that was not made: it
 * is cut off before the next one, which it would swallow.
 */
import { closeSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';

/** Adds an entry to an open file. */
export function writeLine(descriptor: number, value: object): void {
  const line = Buffer.from(`${JSON.stringify(value)}\n`);
  for (let at = 0; at < line.length; ) at += writeSync(descriptor, line, at);
  fsyncSync(descriptor);
}

export interface Lines {
  /** The whole ones, without empty ones. */
  readonly lines: string[];
  /** Of all whole ones, with their ends. */
  readonly bytes: number;
  /** More stands behind them. */
  readonly torn: boolean;
}

/** Undefined: there is no file. */
export function readLines(path: string): Lines | undefined {
  const text = read(path);
  if (text === undefined) return undefined;
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const lines = whole.split('\n').filter((line) => line !== '');
  return { lines, bytes: Buffer.byteLength(whole), torn: whole !== text };
}

/** Leaves only the whole lines, as they were read. */
export function cutTornLine(path: string, { bytes, torn }: Lines): void {
  if (torn) truncateSync(path, bytes);
}

/** A name is on the disk when its folder is. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
