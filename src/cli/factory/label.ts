// SPDX-License-Identifier: MIT
/** `plait factory label`: the label of a board that has passed. */
import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { checkedLabel, keyFingerprint, type Label } from '../../factory/label/label.ts';
import { type Layout, layoutOf, type Medium } from '../../factory/label/layout.ts';
import { parsePrinter, print } from '../../factory/label/printer.ts';
import { zplOf } from '../../factory/label/zpl.ts';
import type { FactoryRecord } from '../../factory/record/record.ts';
import { BuildError, UsageError } from '../../image/errors.ts';
import { mustBeFile } from '../inputs.ts';
import { jsonOption, wholeNumber } from '../options.ts';
import { openFile } from './record-files.ts';
import { chosenStations, type StationOptions, withStationKeys } from './stations.ts';

interface LabelOptions extends StationOptions {
  readonly code?: string;
  readonly fingerprint?: string;
  readonly size: Pick<Medium, 'width' | 'height'>;
  readonly dpi: '203' | '300' | '600';
  readonly copies: number;
  readonly print?: string;
  readonly out: readonly string[];
  readonly json: boolean;
}

const DOTS = { 203: 8, 300: 12, 600: 24 } as const;

export function labelCommand(): Command {
  const verb = new Command('label')
    .summary('print the label of a board that passed, or show it')
    .description(
      'Prints the label of a board, or writes it to files; the record says which board, and that it passed.',
    )
    .argument('<file>', 'the record of the run that the board passed')
    .option('--code <text>', 'the code of the first login')
    .option(
      '--fingerprint <text>',
      "of the board's certificate or host key (default: of the host key, as the record has it)",
    )
    .addOption(
      new Option('--size <mm>', 'width and height of the label in millimetres')
        .default({ width: 60, height: 30 }, '60x30')
        .argParser(size),
    )
    .addOption(
      new Option('--dpi <n>', "the printer's dots an inch").choices(['203', '300', '600']).default('203'),
    )
    .addOption(new Option('--copies <n>', 'how many').default(1).argParser(wholeNumber(1, 100)))
    .option(
      '--print <printer>',
      'a host that takes ZPL (port 9100 unless it says HOST:PORT), or /dev/usb/lp0',
    )
    .addOption(
      new Option(
        '--out <file>',
        'write it: *.zpl, *.svg or *.png, or - for ZPL on the standard output; repeatable',
      )
        .default([])
        .argParser((file, earlier: readonly string[]) => [...earlier, file]),
    )
    .addOption(jsonOption());
  return withStationKeys(verb).action(label);
}

function size(text: string): Pick<Medium, 'width' | 'height'> {
  const found = /^(\d{1,3})x(\d{1,3})$/.exec(text);
  const [width, height] = [Number(found?.[1]), Number(found?.[2])];
  if (!(width >= 10 && height >= 10 && width <= 200 && height <= 200))
    throw new InvalidArgumentError('It must be two numbers of millimetres from 10 to 200, as 60x30.');
  return { width, height };
}

async function label(file: string, options: LabelOptions): Promise<void> {
  const { out, json, copies } = options;
  if (options.print === undefined && out.length === 0)
    throw new UsageError('say where the label goes: --print or --out');
  const odd = out.find((name) => name !== '-' && !['.zpl', '.svg', '.png'].includes(extname(name)));
  if (odd !== undefined) throw new UsageError(`--out: ${odd} is neither *.zpl, *.svg nor *.png`);
  if (json && out.includes('-')) throw new UsageError('--json and --out - both want the standard output');
  const printer = options.print === undefined ? undefined : parsePrinter(options.print);
  const record = await passed(file, options);
  const medium = { ...options.size, dots: DOTS[options.dpi] };
  const layout = layoutOf(labelOf(record, options), medium);
  const zpl = zplOf(layout, copies);
  for (const name of out) await writeLabel(name, zpl, layout, medium);
  if (printer !== undefined) await print(printer, zpl);
  const printed = printer === undefined ? [] : [`printed by ${options.print}`];
  if (json) console.log(JSON.stringify({ serial: record.identity?.serial, out, printed: options.print }));
  else if (!out.includes('-')) console.log([record.identity?.serial, ...out, ...printed].join('\n  '));
}

/** A label says that a board is good: of one that is not there is none. */
async function passed(file: string, options: StationOptions): Promise<FactoryRecord> {
  await mustBeFile('file', file);
  const opened = await openFile(file, await chosenStations(options));
  if (!opened.ok) throw new BuildError(opened.problem);
  const { record } = opened;
  if (record.outcome !== 'PASS')
    throw new BuildError(`${file}: the board did not pass (${record.outcome}), so it gets no label`);
  return record;
}

function labelOf({ board, identity }: FactoryRecord, { code, fingerprint }: LabelOptions): Label {
  // A record that says PASS has one.
  if (identity === undefined) throw new TypeError('a record passed without an identity');
  return checkedLabel({ board, identity, code, fingerprint: fingerprint ?? keyFingerprint(identity) });
}

async function writeLabel(name: string, zpl: string, layout: Layout, medium: Medium): Promise<void> {
  if (name === '-') {
    process.stdout.write(zpl);
    return;
  }
  const { pngLabel, svgLabel } = await import('../../factory/label/preview.ts');
  const forms: Readonly<Record<string, () => string | Promise<Uint8Array>>> = {
    '.zpl': () => zpl,
    '.svg': () => svgLabel(layout, medium),
    '.png': () => pngLabel(svgLabel(layout, medium), layout),
  };
  await writeFile(name, (await forms[extname(name)]?.()) ?? zpl);
}
