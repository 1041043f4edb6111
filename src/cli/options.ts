// SPDX-License-Identifier: MIT
/** Options that several verbs have, and what options are read by. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { listBoards } from '../image/board.ts';
import { parseSize } from '../machine/card.ts';
import { repository } from './project.ts';
import { completedBy } from './reference/values.ts';

/** The one board that a verb works with. */
export function boardOption(): Option {
  const option = new Option('-b, --board <name>', 'the board, a folder of board/').default('alix');
  return completedBy(option, () => listBoards());
}

/** Some of all boards. */
export function boardsOption(): Option {
  const option = new Option('-b, --board <name>', 'only this board; repeatable (default: all)')
    .default([])
    .argParser((name, earlier: readonly string[]) => [...earlier, name]);
  return completedBy(option, () => listBoards());
}

export function imageOption(): Option {
  return new Option('--image <file>', "the disk image (default: the board's, in out/)");
}

export function cardOption(): Option {
  return new Option('--card <size>', "size of the memory card, as in 1G (default: the image's)").argParser(
    cardSize,
  );
}

/** Where results go: a folder of out/. */
export function outOption(meaning: string, folder: string): Option {
  return new Option('--out <dir>', meaning).default(join(repository, folder), `${folder} of the checkout`);
}

export function jobsOption(meaning: string): Option {
  return new Option('--jobs <n>', meaning)
    .default(availableParallelism(), 'as many as there are CPUs')
    .argParser(wholeNumber(1, 9999));
}

export function jsonOption(meaning = 'print the result as JSON'): Option {
  return new Option('--json', meaning).default(false);
}

/** Reads a whole number within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(number >= min && number <= max))
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    return number;
  };
}

function cardSize(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined)
    throw new InvalidArgumentError('A card size is a number and K, M or G, as in 512M or 4G.');
  return bytes;
}
