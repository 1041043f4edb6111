// SPDX-License-Identifier: MIT
import { run } from '../../../src/cli/run.ts';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `plait factory …` as it is typed, with the keys of one station. */
export async function factory(keys: string, ...args: string[]): Promise<Said> {
  const { log, error } = console;
  const said = { code: 0, out: '', err: '' };
  console.log = (text: string) => {
    said.out += `${text}\n`;
  };
  console.error = (text: string) => {
    said.err += `${text}\n`;
  };
  process.env.PLAIT_KEYS = keys;
  try {
    const writeErr = (text: string) => {
      said.err += text;
    };
    said.code = await run(['factory', ...args], { writeErr });
    return said;
  } finally {
    Object.assign(console, { log, error });
    delete process.env.PLAIT_KEYS;
  }
}
