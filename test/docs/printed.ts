// SPDX-License-Identifier: MIT
/** Whether a line of a transcript is something that the product of today can say: its words are looked for in the sources. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../../src/cli/project.ts';

/** What prints: all but the lab and the kernel modules. */
const FOLDERS = ['overlay', 'src/agent', 'src/appliance', 'src/cli', 'src/flash', 'src/image', 'src/serial'];
const LITERAL = /`(?:[^`\\]|\\.)*`|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g;
/** What is filled in: `${…}` with braces in it, `{{…}}`, a shell's variable; and line ends. */
const FILLED = /\$\{(?:[^{}]|\{[^{}]*\})*\}|\{\{[^}]*\}\}|\$\w+|\\n/;
/** What a message is filled with: versions, numbers, addresses, paths, what the page leaves out. */
const FILLING = /\S*[\d/…]\S*/g;
/** So much of a line must be words of messages, and so many letters make one. */
const SHARE = 0.75;
const SHORTEST = 4;

/** The words of one message, in their order. */
type Message = readonly string[];

export class Printed {
  readonly #messages: readonly Message[];

  constructor(texts: readonly string[] = sources()) {
    this.#messages = texts
      .flatMap((text) => [...literals(text), ...lines(text)])
      .filter((message) => message.join('').length >= SHORTEST);
  }

  /** Whether messages, each with all of its words, make up most of the line; in a table, of each cell. */
  knows(line: string): boolean {
    return line.split(/ {2,}/).every((cell) => this.#knowsCell(cell.replace(/^[-#>|]+ /, '')));
  }

  #knowsCell(cell: string): boolean {
    const covered = new Set<number>();
    for (const message of this.#messages) for (const at of places(message, cell)) covered.add(at);
    for (const { index, 0: filling } of cell.matchAll(FILLING))
      for (let at = index; at < index + filling.length; at++) covered.delete(at);
    const own = cell.replace(FILLING, '').replace(/\s/g, '').length;
    return own < SHORTEST || covered.size / own >= SHARE;
  }
}

function sources(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.md'))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')),
  );
}

function literals(text: string): Message[] {
  return [...text.matchAll(LITERAL)].map(([literal]) => parts(literal.slice(1, -1)));
}

/** Of templates and scripts, whose lines are printed as they are. */
function lines(text: string): Message[] {
  return text.includes('import ') ? [] : text.split('\n').map(parts);
}

function parts(text: string): Message {
  return text
    .replaceAll("\\'", "'")
    .split(FILLED)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Where the letters of a message are in a line; nowhere, when one of its parts is missing. */
function places(message: Message, line: string): number[] {
  const found: number[] = [];
  let from = 0;
  for (const part of message) {
    const at = line.indexOf(part, from);
    if (at < 0 || isWithinWord(line, at, part)) return [];
    from = at + part.length;
    for (let letter = at; letter < from; letter++) if (line[letter] !== ' ') found.push(letter);
  }
  return found;
}

function isWithinWord(line: string, at: number, part: string): boolean {
  const joined = (left: string | undefined, right: string | undefined) => /^\w\w$/.test(`${left}${right}`);
  return joined(line[at - 1], part[0]) || joined(part.at(-1), line[at + part.length]);
}
