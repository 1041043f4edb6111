// SPDX-License-Identifier: MIT
/** The board's own key, and its identity: written to its disk, both copies one after the other, and read back. */
import { devicePublicKey, makeDeviceKey } from '../device-key.ts';
import {
  formatIdentity,
  IDENTITY_SECTORS,
  type Identity,
  identityProblems,
  readIdentity,
} from '../identity.ts';
import type { Measurements, PhaseInput } from './board-phase.ts';

const SECTOR = 512;

/** The public half of the board's key, which is made where there is none yet. */
export async function boardKey({ ports }: PhaseInput): Promise<Measurements> {
  return { public_key: await makeDeviceKey(ports) };
}

/** `identity`: a file with it, as JSON. @throws Error for one that is none, or another board's */
export function giveIdentity({ ports: { files, disks }, board, macs, parameters }: PhaseInput): Measurements {
  const file = parameters.get('identity') ?? '';
  const text = files.read(file);
  if (text === undefined) throw new Error(`there is no file ${file} with an identity`);
  const identity = JSON.parse(text) as Identity;
  const problems = identityProblems(identity);
  if (problems.length > 0) throw new Error(`${file} is no identity: ${problems.join('; ')}`);
  const foreign = identity.macs.filter((mac) => !macs.includes(mac));
  if (foreign.length > 0)
    throw new Error(`${foreign.join(' ')} is no address of this board, which has ${macs.join(' ')}`);
  if (identity.publicKey !== undefined && identity.publicKey !== devicePublicKey(disks))
    throw new Error('the public key in it is not that of this board');
  const { disk } = board;
  if (disk === undefined) throw new Error('it is not known which disk the board was started from');
  // A power cut between the two leaves one that is whole.
  for (const sector of IDENTITY_SECTORS) disks.writeAt(disk, sector * SECTOR, formatIdentity(identity));
  const stored = readIdentity(disks, disk);
  const same = stored.state === 'valid' && JSON.stringify(stored.identity) === JSON.stringify(identity);
  return { copies: same ? stored.wholeCopies : 0 };
}
