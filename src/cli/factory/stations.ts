// SPDX-License-Identifier: MIT
/** Whose records a command takes. */
import { type Command, Option } from 'commander';
import { type TrustedKeys, trusting } from '../../factory/record/signed-record.ts';
import { stationKeys, trustedStations } from '../../factory/record/station-key.ts';
import { parsePublicKey } from '../../image/bundle/public-key.ts';
import { keyDir } from '../../image/bundle/signing-key.ts';
import { UsageError } from '../../image/errors.ts';
import { readInput } from '../inputs.ts';
import { askPassphrase } from '../key-options.ts';

export interface StationOptions {
  readonly key: readonly string[];
}

/** Gives a command the option that names keys of stations. */
export function withStationKeys(command: Command): Command {
  return command.addOption(
    new Option(
      '--key <file>',
      "public key of a station in PEM form; repeatable (default: this station's own, and stations/*.pem in the folder of keys)",
    )
      .default([])
      .argParser((file, earlier: readonly string[]) => [...earlier, file]),
  );
}

/** @throws UsageError when there is none: then nothing can be checked */
export async function chosenStations({ key: files }: StationOptions): Promise<TrustedKeys> {
  const named = files.map(async (file) =>
    parsePublicKey((await readInput('--key', file)).toString(), file, stationKeys),
  );
  if (named.length > 0) return trusting(await Promise.all(named));
  const dir = keyDir();
  const known = await trustedStations(dir, { passphrase: askPassphrase });
  if (known.length === 0)
    throw new UsageError(
      `there is no station.key and no stations/*.pem in ${dir} to compare with; name the public key of the station by --key FILE`,
    );
  return trusting(known);
}
