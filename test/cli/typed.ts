// SPDX-License-Identifier: MIT
/** A command line of `plait` as it is typed, and what it prints. */
import { run } from '../../src/cli/run.ts';

export interface Typed {
  readonly code: number;
  /** What went to the standard output. */
  readonly out: string;
  /** All that was printed. */
  readonly text: string;
}

export async function typed(...words: string[]): Promise<Typed> {
  const real = {
    out: process.stdout.write,
    err: process.stderr.write,
    log: console.log,
    error: console.error,
  };
  let [out, text] = ['', ''];
  const take = (chunk: unknown) => {
    out += String(chunk);
    text += String(chunk);
    return true;
  };
  const takeError = (chunk: unknown) => {
    text += String(chunk);
    return true;
  };
  process.stdout.write = take;
  process.stderr.write = takeError;
  console.log = (line: unknown) => void take(`${line}\n`);
  console.error = (line: unknown) => void takeError(`${line}\n`);
  try {
    const code = await run(words);
    return { code, out, text };
  } finally {
    process.stdout.write = real.out;
    process.stderr.write = real.err;
    console.log = real.log;
    console.error = real.error;
  }
}
