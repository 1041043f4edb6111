// SPDX-License-Identifier: MIT
/** From a password to what plait.yaml keeps. The password goes by a pipe, so that no list of processes shows it. */
import { CHANCE_BYTES, isHash, makePassword } from '../../appliance/setup/password.ts';
import type { Ports } from '../ports.ts';

/** A slow CPU takes a second. */
const TIMEOUT = 30_000;

export async function hashPassword(
  { processes }: Pick<Ports, 'processes'>,
  password: string,
): Promise<string> {
  const { code, stdout, stderr } = await processes.run(['cryptpw', '-m', 'sha512'], {
    stdin: `${password}\n`,
    timeout: TIMEOUT,
  });
  const hash = stdout.trim();
  if (code !== 0 || !isHash(hash)) throw new Error(`cryptpw gave no hash of the password: ${stderr.trim()}`);
  return hash;
}

export function newPassword({ disks }: Pick<Ports, 'disks'>): string {
  return makePassword(disks.readAt('/dev/urandom', 0, CHANCE_BYTES));
}
