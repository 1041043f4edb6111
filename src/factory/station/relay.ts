// SPDX-License-Identifier: MIT
/** The power of boards, switched by a program that knows the relay of this bench. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Milliseconds: a relay behind the network may take a while. */
const TIMEOUT = 15_000;

/** Calls `program PORT on` or `program PORT off`. @throws Error when it does not end well in time */
export function relay(program: string): (port: string, on: boolean) => Promise<void> {
  return async (port, on) => {
    await promisify(execFile)(program, [port, on ? 'on' : 'off'], { timeout: TIMEOUT });
  };
}
