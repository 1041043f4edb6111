// SPDX-License-Identifier: MIT
/** The board's identity in the status, and whether it is that of the board that the disk is in now. */
import type { Identity, StoredIdentity } from './identity.ts';

export type IdentityStatus =
  | { state: 'damaged' }
  | ({
      state: 'valid';
      /** A copy that is not whole is written again when the disk is flashed. */
      wholeCopies: 1 | 2;
      /** `unknown`: the board has no Ethernet port now. */
      board: 'this' | 'another' | 'unknown';
      /** Is the SSH host key that of the factory test? Flashing ends it. Absent: the identity names none. */
      key?: 'same' | 'another';
    } & Pick<Identity, 'serial' | 'macs' | 'revision' | 'report'>);

/** Undefined: the disk has no identity. `macs`: those of the board's Ethernet ports; `key`: its own public key, if it has one. */
export function identityStatus(
  stored: StoredIdentity,
  macs: readonly string[],
  key: string | undefined,
): IdentityStatus | undefined {
  if (stored.state === 'none') return undefined;
  if (stored.state === 'damaged') return { state: 'damaged' };
  const { identity, wholeCopies } = stored;
  const { serial, revision, report, publicKey } = identity;
  // A port may fail or be replaced: a disk was moved when none of its board's addresses is here.
  const here = identity.macs.some((mac) => macs.includes(mac));
  return {
    ...{ state: 'valid', wholeCopies, serial, macs: identity.macs },
    board: macs.length === 0 ? 'unknown' : here ? 'this' : 'another',
    ...(publicKey === undefined ? {} : { key: publicKey === key ? 'same' : 'another' }),
    ...(revision === undefined ? {} : { revision }),
    ...(report === undefined ? {} : { report }),
  };
}

/** For people. */
export function identityLines(status: IdentityStatus | undefined): string[] {
  if (status === undefined) return [];
  if (status.state === 'damaged') return ['warning: identity: both copies on the disk are damaged'];
  const { serial, revision, macs, board, key, wholeCopies } = status;
  const of = revision === undefined ? '' : `, revision ${revision}`;
  return [
    `serial number ${serial}${of}`,
    ...(board === 'another'
      ? [
          `warning: identity: this card belongs to another board: none of its MAC addresses (${macs.join(' ')}) is here`,
        ]
      : []),
    ...(key === 'another' && board !== 'another'
      ? [
          'identity: the SSH host key is not that of the factory test: the card was flashed since, or the key replaced',
        ]
      : []),
    ...(wholeCopies === 2 ? [] : ['warning: identity: one of its two copies on the disk is damaged']),
  ];
}
