// SPDX-License-Identifier: MIT
/** The help of plaitctl and of each of its commands. */
import { table } from '../text-table.ts';
import { COMMANDS, type Command, publicNames } from './table.ts';

const JSON_OPTION = ['--json', 'print the answer as JSON'];
const EXIT = 'Exit code: 0 done, 1 failed, 2 wrong use.';

export function usage(): string {
  const rows = publicNames().map((name) => [name, COMMANDS[name]?.summary ?? '']);
  return lines(
    'Usage: plaitctl [--json] COMMAND',
    '',
    'Commands:',
    ...indented([...rows, ['help COMMAND', 'print the help of a command']]),
    '',
    EXIT,
  );
}

export function commandUsage({ usage, summary, details, options = {} }: Command): string {
  const rows = Object.entries(options).map(([name, { value, help }]) => [
    value === undefined ? `--${name}` : `--${name} ${value}`,
    help,
  ]);
  return lines(
    `Usage: plaitctl [--json] ${usage}`,
    '',
    `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.`,
    ...(details === undefined ? [] : details.split('\n')),
    '',
    'Options:',
    ...indented([...rows, JSON_OPTION]),
    '',
    EXIT,
  );
}

function indented(rows: readonly (readonly string[])[]): string[] {
  return table([], rows).map((line) => `  ${line}`);
}

function lines(...all: string[]): string {
  return all.map((line) => `${line}\n`).join('');
}
