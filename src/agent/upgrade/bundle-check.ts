// SPDX-License-Identifier: MIT
/** Everything that is asked of a bundle before a byte of it is written. */
import type { Board } from '../board.ts';
import { isNewer } from '../version-order.ts';
import { type BundleHead, readBundleHead } from './bundle-head.ts';
import { UpgradeError } from './job-states.ts';
import { hashPart, run } from './programs.ts';
import { inMb, readHead, SPOOL, type SpoolPorts } from './spool.ts';
import { trustedKeys } from './trusted-keys.ts';

/** Asks SWUpdate with each trusted key; prints the file of the key that signed the bundle. */
const BUNDLE_KEY = '/usr/lib/plait/bundle-key';

export interface CheckedBundle extends BundleHead {
  /** First 8 hex digits of the key that signed it. */
  key: string;
}

export interface Wanted {
  board: Pick<Board, 'name' | 'minVersion'>;
  /** Of the firmware that runs. */
  version: string;
  slotLimit: number;
  allowOlder: boolean;
}

/** Throws an UpgradeError unless the bundle in the spool, of `size` bytes, may be installed. */
export async function checkBundle(ports: SpoolPorts, size: number, wanted: Wanted): Promise<CheckedBundle> {
  const head = readBundleHead(readHead(ports, size));
  refuseOtherBoard(head, wanted);
  refuseTooLong(head, size, wanted);
  // The description is believed from here on.
  const key = await signedWith(ports, head);
  refuseOlder(head, wanted);
  return { ...head, key };
}

function refuseOtherBoard({ boards }: BundleHead, { board }: Wanted): void {
  if (boards.includes(board.name)) return;
  throw new UpgradeError(
    'other-board',
    `the bundle is for ${boards.join(', ') || 'no board'}, and this is ${board.name}`,
  );
}

function refuseTooLong(head: BundleHead, size: number, { slotLimit }: Wanted): void {
  if (head.size > slotLimit) {
    const text = `its system has ${inMb(head.size)} MB, a slot takes ${inMb(slotLimit)} MB`;
    throw new UpgradeError('too-large', text);
  }
  if (head.offset + head.size <= size) return;
  const text = `the bundle is cut short: ${size} bytes came, it has more than ${head.offset + head.size}; copy it again`;
  throw new UpgradeError('damaged', text);
}

async function signedWith(ports: SpoolPorts, { offset, size, sha256 }: BundleHead): Promise<string> {
  const { code, stdout } = await run(ports, [BUNDLE_KEY, SPOOL]);
  const key = /([0-9a-f]{8})[0-9a-f]*\.pem\s*$/.exec(stdout)?.[1];
  if (code === 0 && key !== undefined) return key;
  const hashed = await hashPart(ports, SPOOL, offset, size);
  if (!hashed.stdout.startsWith(sha256))
    throw new UpgradeError(
      'damaged',
      'the bundle is damaged: its system is not the one that was signed; copy it again',
    );
  const keys = trustedKeys(ports.files);
  const text = keys.length === 0 ? 'none' : keys.join(', ');
  throw new UpgradeError(
    'not-trusted',
    `the bundle is not signed with a key that this board trusts (${text}), or was changed since`,
  );
}

function refuseOlder({ version }: BundleHead, wanted: Wanted): void {
  const { minVersion } = wanted.board;
  if (minVersion !== undefined && isNewer(minVersion, version)) {
    const text = `the bundle is version ${version}; a board with version ${wanted.version} takes none older than ${minVersion}, also not with --allow-older`;
    throw new UpgradeError('below-floor', text);
  }
  if (wanted.allowOlder || !isNewer(wanted.version, version)) return;
  const text = `the bundle is version ${version}, older than ${wanted.version} that runs; --allow-older installs it all the same`;
  throw new UpgradeError('older', text);
}
