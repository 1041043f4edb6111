// SPDX-License-Identifier: MIT
/** `plait factory run`: tests the boards at some ports, side by side. */
import { mkdir } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import type { Outcome } from '../../factory/record/outcome.ts';
import { trusting } from '../../factory/record/signed-record.ts';
import { stationKey } from '../../factory/record/station-key.ts';
import { factoryDir, recordsDir, saveRecord } from '../../factory/record/store.ts';
import { earlierRuns } from '../../factory/station/earlier-runs.ts';
import { RegistryFile } from '../../factory/station/registry.ts';
import { relay } from '../../factory/station/relay.ts';
import { type PortResult, runStation } from '../../factory/station/station.ts';
import { TerminalPerson } from '../../factory/station/terminal-person.ts';
import { loadTestList, withHours } from '../../factory/station/test-list.ts';
import { verdictLines } from '../../factory/station/verdict.ts';
import { loadBoard } from '../../image/board.ts';
import { keyDir } from '../../image/bundle/signing-key.ts';
import { Interrupted, UsageError } from '../../image/errors.ts';
import { CodedError } from '../errors.ts';
import { interruptible } from '../interrupt.ts';
import { askPassphrase } from '../key-options.ts';
import { boardOption, jsonOption, wholeNumber } from '../options.ts';
import { plaitVersion } from '../project.ts';
import { PORT_MEANING, portOf } from '../serial-options.ts';

/** The worst of all boards, for scripts. */
export const EXIT: Readonly<Record<Exclude<Outcome, 'PASS'>, number>> = {
  FAIL: 3,
  ERROR: 4,
  TIMEOUT: 5,
  ABORTED: 6,
};

interface RunFlags {
  readonly board: string;
  readonly list: string;
  readonly hours?: number;
  readonly port: readonly string[];
  readonly operator: string;
  readonly station: string;
  readonly lot?: string;
  readonly power?: string;
  readonly blank: boolean;
  readonly wait: number;
  readonly json: boolean;
}

export function runCommand(): Command {
  return new Command('run')
    .summary('test the boards at some serial ports, side by side')
    .description(
      'Drives the firmware, starts the system, takes the measurements of the list of the board, asks where hands or eyes are needed, and gives the identity.',
    )
    .addOption(boardOption())
    .option('--list <name>', 'which list of its factory.yaml', 'quick')
    .option('--hours <n>', 'how long its phase load lasts (default: as the list says)', wholeNumber(1, 168))
    .option(
      '--port <port>',
      `${PORT_MEANING}; repeatable, each with a board (default: the only one of this machine)`,
      (port, earlier: readonly string[]) => [...earlier, port],
      [],
    )
    .option('--operator <name>', 'who stands at the bench', userName())
    .option('--station <name>', 'what the station is called', hostname())
    .option('--lot <name>', 'lot or order that the boards belong to')
    .option(
      '--power <program>',
      'switches the power of a board: called with its port, and on or off; for lists with cold starts',
    )
    .option(
      '--blank',
      'write the card of each board first, over the network: beside `plait factory pxe` on the same bench',
      false,
    )
    .option('--wait <s>', 'seconds to wait for the first sign of a board', wholeNumber(1, 86_400), 600)
    .addOption(jsonOption('print the records as lines of JSON'))
    .addHelpText(
      'after',
      `\nExit code: 0 all boards PASS, ${EXIT.FAIL} a FAIL, ${EXIT.ERROR} an ERROR, ${EXIT.TIMEOUT} a TIMEOUT, ${EXIT.ABORTED} ABORTED or no board, ` +
        'the highest of them; 1 a port failed, 2 wrong use, 130 interrupted: the same command goes on where it was.',
    )
    .action(run);
}

async function run(flags: RunFlags): Promise<void> {
  const listed = await loadTestList(await loadBoard(flags.board), flags.list);
  const list = flags.hours === undefined ? listed : withHours(listed, flags.hours);
  const ports = flags.port.length > 0 ? flags.port : [portOf(undefined)];
  const twice = ports.find((port, index) => ports.indexOf(port) < index);
  if (twice !== undefined) throw new UsageError(`--port: ${twice} is named twice`);
  const folder = factoryDir();
  const records = recordsDir(folder);
  await mkdir(folder, { recursive: true });
  const key = await stationKey(keyDir(), { passphrase: askPassphrase });
  const trusted = trusting([{ pem: key.publicPem, origin: key.origin }]);
  const person = new TerminalPerson(process.stdin, process.stderr, (port) => basename(port));
  try {
    await interruptible(async ({ signal }) => {
      const results = await runStation({
        ...{ ports, list, folder, person, signal, wait: flags.wait * 1000, blank: flags.blank },
        station: { name: flags.station, operator: flags.operator, software: `plait ${plaitVersion()}` },
        registry: new RegistryFile(join(folder, 'identities.jsonl')),
        earlier: (board) => earlierRuns(records, board, trusted),
        save: (record) => saveRecord(records, record, key),
        ...(flags.lot === undefined ? {} : { lot: flags.lot }),
        ...(flags.power === undefined ? {} : { power: relay(flags.power) }),
      });
      report(results, flags.json);
      if (signal.aborted && results.some(({ is }) => is === 'stopped'))
        throw new Interrupted('interrupted; the same command goes on where it was');
    });
  } finally {
    person.close();
  }
}

/** @throws CodedError unless all have passed */
function report(results: readonly PortResult[], json: boolean): void {
  for (const result of results)
    if (json && result.is === 'tested') console.log(JSON.stringify(result.record));
    else if (!json) for (const line of resultLines(result)) console.log(line);
  const failed = results.filter((result) => result.is === 'failed');
  if (failed.length > 0)
    throw new CodedError(failed.map(({ port, error }) => `${port}: ${error.message}`).join('\n'), 1);
  const codes = results.map(codeOf);
  const worst = Math.max(0, ...codes);
  if (worst > 0)
    throw new CodedError(
      `${codes.filter((code) => code > 0).length} of ${codes.length} boards did not pass`,
      worst,
    );
}

function codeOf(result: PortResult): number {
  if (result.is === 'empty') return EXIT.ABORTED;
  return result.is === 'tested' && result.record.outcome !== 'PASS' ? EXIT[result.record.outcome] : 0;
}

function resultLines(result: PortResult): string[] {
  if (result.is === 'tested') return [...verdictLines(result.port, result.record), `  record ${result.file}`];
  if (result.is === 'empty') return [`${result.port}: nothing was tested. ${result.why}`];
  return result.is === 'stopped' ? [`${result.port}: not ended; the same command goes on`] : [];
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
