// SPDX-License-Identifier: MIT
/** Manual pages in the language that man(1) reads, man(7): one for plait, one for each of its verbs. */
import type { ArgumentFacts, CommandFacts, OptionFacts } from './facts.ts';

export interface PageFacts {
  readonly version: string;
  /** Seconds since 1970. */
  readonly epoch: number;
}

/** File name → page: `plait.1`, `plait-image.1`. */
export function manualPages(top: CommandFacts, facts: PageFacts): Map<string, string> {
  return new Map(
    [top, ...top.commands].map((command) => [`${command.words.join('-')}.1`, page(command, top, facts)]),
  );
}

function page(command: CommandFacts, top: CommandFacts, { version, epoch }: PageFacts): string {
  const isTop = command === top;
  const name = command.words.join('-');
  const date = new Date(epoch * 1000).toISOString().slice(0, 10);
  const { options, arguments: args, commands } = command;
  const lines = [
    '.\\" Manual page of plait, generated from its command definitions.',
    `.TH ${name.toUpperCase().replaceAll('-', '\\-')} 1 ${date} "plait ${version}" "User Commands"`,
    '.SH NAME',
    `${escaped(name)} \\- ${escaped(isTop ? 'build and try firmware for old router boards' : command.summary)}`,
    '.SH SYNOPSIS',
    ...synopsis(command),
    ...(isTop ? [] : commands.flatMap((sub) => ['.br', ...synopsis(sub)])),
    '.SH DESCRIPTION',
    ...paragraph(command.description),
    ...section('ARGUMENTS', args.flatMap(argument)),
    ...section('OPTIONS', options.flatMap(option)),
    ...section('COMMANDS', isTop ? commands.flatMap(verb) : commands.flatMap(subcommand)),
    ...section('NOTES', notes(command.notes)),
    ...(isTop ? environment : []),
    '.SH SEE ALSO',
    ...seeAlso(isTop ? commands.map(({ words }) => words.join('-')) : ['plait']),
  ];
  return `${lines.filter((line, at) => line !== '.PP' || !lines[at + 1]?.startsWith('.PP')).join('\n')}\n`;
}

/** What the environment changes for more than one verb; options name their own variables. */
const environment = [
  '.SH ENVIRONMENT',
  ...tagged('PLAIT_CACHE', 'where downloads and what was built are kept, instead of ~/.cache/plait'),
  ...tagged('PLAIT_KEYS', 'where signing keys lie, instead of ~/.config/plait/keys'),
  ...tagged('PLAIT_DEBIAN_MIRROR', "the Debian mirror to take sources from, instead of the machine's own"),
  ...tagged(
    'PLAIT_NO_INSTALL',
    'when set, no Debian package is installed; the command that would is printed',
  ),
  ...tagged('SOURCE_DATE_EPOCH', "date of the image in seconds since 1970, instead of the commit's"),
];

function synopsis({ words, usage }: CommandFacts): string[] {
  return [`.B ${escaped(words.join(' '))}`, escaped(usage)];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`.SH ${title}`, ...lines];
}

function verb({ words, summary }: CommandFacts): string[] {
  return tagged(words.at(-1) ?? '', summary);
}

function subcommand(command: CommandFacts): string[] {
  return [
    `.SS ${escaped(command.words.join(' '))} ${escaped(command.usage)}`,
    ...paragraph(command.description),
    ...command.arguments.flatMap(argument),
    ...command.options.flatMap(option),
    ...notes(command.notes && `\n${command.notes}`),
  ];
}

function argument({ name, description }: ArgumentFacts): string[] {
  return tagged(name, description);
}

function option({ term, description }: OptionFacts): string[] {
  return tagged(term, description);
}

function tagged(tag: string, text: string): string[] {
  return ['.TP', `.B ${escaped(tag)}`, ...paragraph(text)];
}

/** Lines that are indented are a table and stay as they are; others are text. */
function notes(text: string): string[] {
  if (text === '') return [];
  const lines: string[] = [];
  let asTyped = false;
  for (const line of text.split('\n')) {
    const indented = line.startsWith(' ');
    if (indented !== asTyped) lines.push(indented ? '.PP\n.nf' : '.fi\n.PP');
    asTyped = indented;
    if (line.trim() === '') lines.push('.PP');
    else lines.push(...(indented ? [escaped(line)] : paragraph(line)));
  }
  return asTyped ? [...lines, '.fi'] : lines;
}

function paragraph(text: string): string[] {
  return text === '' ? [] : [escaped(text)];
}

function seeAlso(names: readonly string[]): string[] {
  return names.map((name, at) => `.BR ${escaped(name)} (1)${at < names.length - 1 ? ',' : ''}`);
}

/** As it is, whatever it begins with; a hyphen that can be copied and pasted. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1');
}
