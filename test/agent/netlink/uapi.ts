// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Numbers of the enums in a header of src/kmod/uapi: the header is the contract, so the tests read it. */
export function uapiOf(name: string): (constant: string) => number {
  const header = readFileSync(
    fileURLToPath(new URL(`../../../src/kmod/uapi/${name}`, import.meta.url)),
    'utf8',
  );
  return (constant) => {
    const match = header.match(new RegExp(`^\\s+${constant} = (\\d+)`, 'm'));
    if (!match) throw new Error(`${constant} is not in ${name}`);
    return Number(match[1]);
  };
}
