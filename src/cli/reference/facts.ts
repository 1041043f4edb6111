// SPDX-License-Identifier: MIT
/** Everything that commander knows of a command and its subcommands, as completion scripts and manual pages want it. */
import { type Command, Help, type Option } from 'commander';
import { type Values, valuesOf } from './values.ts';

export interface CommandFacts {
  /** What is typed to call it: `['plait', 'lab', 'run']`. */
  readonly words: readonly string[];
  readonly summary: string;
  readonly description: string;
  /** What follows the words: `[options] <file>`. */
  readonly usage: string;
  readonly options: readonly OptionFacts[];
  readonly arguments: readonly ArgumentFacts[];
  readonly commands: readonly CommandFacts[];
  /** What its help says after everything else. */
  readonly notes: string;
}

export interface OptionFacts {
  /** `-b`, `--board`. */
  readonly names: readonly string[];
  /** As help shows it: `-b, --board <name>`. */
  readonly term: string;
  /** With its default. */
  readonly description: string;
  readonly value?: { readonly name: string; readonly values: Values };
}

export interface ArgumentFacts {
  readonly name: string;
  readonly description: string;
  /** Takes all words that follow. */
  readonly variadic: boolean;
  readonly values: Values;
}

/** Of a whole command line, as `program()` gives it. */
export async function commandFacts(command: Command, before: readonly string[] = []): Promise<CommandFacts> {
  const help = Object.assign(new Help(), command.configureHelp());
  const words = [...before, command.name()];
  const subs = help.visibleCommands(command).filter((sub) => command.commands.includes(sub));
  return {
    words,
    summary: command.summary() || command.description(),
    description: command.description(),
    usage: command.usage(),
    options: await Promise.all(help.visibleOptions(command).map((option) => optionFacts(option, help))),
    arguments: await Promise.all(
      help.visibleArguments(command).map(async (argument) => ({
        name: argument.name(),
        description: argument.description,
        variadic: argument.variadic,
        values: await valuesOf(argument, argument.name()),
      })),
    ),
    commands: await Promise.all(subs.map((sub) => commandFacts(sub, words))),
    notes: textAfterHelp(command),
  };
}

/** A command and all below it. */
export function withSubcommands(facts: CommandFacts): CommandFacts[] {
  return [facts, ...facts.commands.flatMap(withSubcommands)];
}

async function optionFacts(option: Option, help: Help): Promise<OptionFacts> {
  const name = /[<[]([^\]>.]+)/.exec(option.flags)?.[1];
  return {
    names: [option.short, option.long].filter((one) => one !== undefined),
    term: help.optionTerm(option),
    description: help.optionDescription(option),
    ...(name === undefined ? {} : { value: { name, values: await valuesOf(option, name) } }),
  };
}

/** Commander keeps `addHelpText` as listeners, who write to what they are given. */
function textAfterHelp(command: Command): string {
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  // Its types leave out what it inherits.
  (command as Command & NodeJS.EventEmitter).emit('afterHelp', { error: false, command, write });
  return text.trim();
}
