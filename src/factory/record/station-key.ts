// SPDX-License-Identifier: MIT
/** The key of a test station: Ed25519 (RFC 8032), which gives the same record the same signature always. */
import { generateKeyPair, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { KeyChoice, SigningKey } from '../../image/bundle/key.ts';
import { readOrMakeKeyFile } from '../../image/bundle/key-file.ts';
import type { KeyKind } from '../../image/bundle/key-kind.ts';
import { type PublicKey, trustedKeys } from '../../image/bundle/public-key.ts';

const FILE = 'station.key';

/** Keys that records of the factory test are signed with. */
export const stationKeys: KeyKind = {
  fits: ({ asymmetricKeyType }: KeyObject) => asymmetricKeyType === 'ed25519',
  mustBe: 'an Ed25519 key; records of the factory test are signed with no other',
  publicFile: 'station.pem',
  digest: null,
  async generate() {
    const { privateKey } = await promisify(generateKeyPair)('ed25519');
    return privateKey;
  },
};

/** This station's key: the one that is chosen, or station.key in the folder of keys, made on first use. @throws UsageError */
export function stationKey(dir: string, choice: KeyChoice = {}): Promise<SigningKey> {
  const { key } = choice;
  if (key === undefined) return readOrMakeKeyFile(join(dir, FILE), choice, stationKeys);
  return readOrMakeKeyFile(resolve(key), { ...choice, mustExist: true }, stationKeys);
}

/** Keys of stations whose records count here: this one's, and every *.pem in the folder `stations`. @throws UsageError */
export async function trustedStations(dir: string, choice: KeyChoice = {}): Promise<PublicKey[]> {
  const others = await trustedKeys(join(dir, 'stations'), stationKeys);
  if (!existsSync(join(dir, FILE))) return others;
  const { publicPem, origin } = await stationKey(dir, { ...choice, mustExist: true });
  return [{ pem: publicPem, origin }, ...others];
}
