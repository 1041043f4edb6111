// SPDX-License-Identifier: MIT
/** `plait factory verify`: whether records are what a station signed. */
import { Command } from 'commander';
import type { FactoryRecord } from '../../factory/record/record.ts';
import { BuildError } from '../../image/errors.ts';
import { jsonOption } from '../options.ts';
import { type OpenedFile, openFile, recordFiles } from './record-files.ts';
import { chosenStations, type StationOptions, withStationKeys } from './stations.ts';

interface VerifyOptions extends StationOptions {
  readonly json: boolean;
}

export function verifyCommand(): Command {
  const verb = new Command('verify')
    .summary('check that records are what a station signed')
    .description('Checks the signature of each record, and that it does not contradict itself.')
    .argument('<files...>', 'records, or folders of them')
    .addOption(jsonOption());
  return withStationKeys(verb)
    .addHelpText(
      'after',
      '\nThat a record is right says nothing of the board: its outcome does, which is printed.\n' +
        'Exit code: 0 all are what was signed, 1 one is not, 2 wrong use.',
    )
    .action(verify);
}

async function verify(named: readonly string[], options: VerifyOptions): Promise<void> {
  const files = await recordFiles(named);
  const trusted = await chosenStations(options);
  const opened: OpenedFile[] = [];
  for (const file of files) {
    const one = await openFile(file, trusted);
    opened.push(one);
    if (!options.json) console.log(one.ok ? line(one.file, one.record) : one.problem);
  }
  if (options.json) console.log(JSON.stringify(opened.map(asJson), null, 2));
  const wrong = opened.filter(({ ok }) => !ok).length;
  if (wrong > 0) throw new BuildError(`${wrong} of ${opened.length} records are not what a station signed`);
}

function line(file: string, { outcome, identity, board, list, started, station }: FactoryRecord): string {
  const which = identity === undefined ? 'unknown board' : identity.serial;
  return `${file}: right; ${outcome} ${which} (${board}, ${list}, ${started}, ${station.name})`;
}

function asJson(one: OpenedFile): object {
  if (!one.ok) return one;
  const { file, ok, record, key, signer } = one;
  const { id, board, list, identity, outcome, started } = record;
  const facts = { id, board, list, serial: identity?.serial, outcome, started };
  return { file, ok, ...facts, key: { origin: key.origin, fingerprint: signer } };
}
