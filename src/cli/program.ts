// SPDX-License-Identifier: MIT
/** The command line as commander knows it: every file of verbs/ is a verb, and all share one form of help and errors. */
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Command, Help, type Option, type OutputConfiguration } from 'commander';
import { plaitVersion } from './project.ts';

/** What a file of verbs/ exports. */
interface VerbModule {
  /** The verb: its summary, description, options and action; the action throws on failure. */
  command(): Command;
}

/** Where help and errors go, when not to the process's own output. */
export type Output = Pick<OutputConfiguration, 'writeOut' | 'writeErr'>;

const folder = fileURLToPath(new URL('verbs/', import.meta.url));

/** Names of all verbs. */
export async function verbNames(): Promise<string[]> {
  const files = await readdir(folder);
  return files
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.slice(0, -'.ts'.length))
    .sort();
}

/**
 * The whole command line. Files of verbs are slow to load, so with `verb` only that one is whole, and the others are known
 * by name.
 */
export async function program(verb?: string, output: Output = {}): Promise<Command> {
  const top = new Command('plait')
    .description('Turns an old x86 router board into a router that plaits several uplinks into one.')
    .version(plaitVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ optionDescription, showGlobalOptions: false })
    .configureOutput({ ...output, outputError: (text, write) => write(asOurs(text)) })
    .addHelpText('after', '\nExit code: 0 done, 1 failed, 2 wrong use, 130 interrupted.')
    .exitOverride();
  for (const name of await verbNames())
    top.addCommand(verb === undefined || verb === name ? await load(name) : new Command(name));
  for (const command of top.commands) inherit(command, top);
  return top;
}

async function load(name: string): Promise<Command> {
  const module = (await import(`./verbs/${name}.ts`)) as VerbModule;
  return module.command();
}

/** What is set once, for the program, holds for verbs and their subcommands too. */
function inherit(command: Command, from: Command): void {
  command.copyInheritedSettings(from);
  for (const sub of command.commands) inherit(sub, command);
}

/** Commander's own, without defaults that say nothing. */
function optionDescription(this: Help, option: Option): string {
  const { defaultValue } = option;
  const empty = defaultValue === false || (Array.isArray(defaultValue) && defaultValue.length === 0);
  const shown = empty ? Object.assign(Object.create(option) as Option, { defaultValue: undefined }) : option;
  return Help.prototype.optionDescription.call(this, shown);
}

/** `error: unknown option '--bord'\n(Did you mean --board?)` in the form that our own errors have. */
function asOurs(text: string): string {
  return text.replace(/^error: /, 'plait: ').replace(/\s*\(Did you mean (.*)\?\)/, '; did you mean $1?');
}

/** `plait help image`, `plait image help` and `plait lab help run` mean `--help`, as people expect from other commands. */
export function withHelpWord(args: readonly string[], top: Command): string[] {
  let command: Command | undefined = top;
  for (let at = 0; command && at < args.length; at++) {
    if (args[at] === 'help') return [...args.slice(0, at), ...args.slice(at + 1), '--help'];
    command = command.commands.find((sub) => sub.name() === args[at]);
  }
  return [...args];
}
