// SPDX-License-Identifier: MIT
import { Command } from 'commander';
import { reportError } from './errors.ts';
import { plaitVersion } from './project.ts';

/** What a verb's file exports. */
interface VerbModule {
  /** The verb with its options and action; the action throws on failure. */
  command(): Command;
}

/** Every verb of `plait`: its line in the help, and its file, which is loaded only when the verb is used. */
const verbs: Record<string, { summary: string; load: () => Promise<VerbModule> }> = {
  image: { summary: 'build the flashable image of a board', load: () => import('./image.ts') },
  bundle: { summary: 'check an update bundle', load: () => import('./bundle.ts') },
  mirror: {
    summary: 'collect all sources for builds without a network',
    load: () => import('./mirror.ts'),
  },
  boot: { summary: 'boot a built image in the emulator', load: () => import('./boot.ts') },
  lab: { summary: 'experiments on simulated networks', load: () => import('./lab.ts') },
  cost: { summary: 'count the instructions that forwarding a packet costs', load: () => import('./cost.ts') },
};

/** Runs one command line; sets the process's exit code. */
async function main(args: readonly string[]): Promise<void> {
  const program = new Command('plait')
    .description('Turns an old x86 router board into a router that plaits several uplinks into one.')
    .version(plaitVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .exitOverride();
  for (const [name, verb] of Object.entries(verbs)) {
    const used = args[0] === name;
    program.addCommand(used ? await loaded(verb) : new Command(name).description(verb.summary));
  }
  try {
    // Without a verb, commander would print the help as if something had gone wrong.
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
  } catch (error) {
    process.exitCode = reportError(error);
  }
}

async function loaded(verb: { summary: string; load: () => Promise<VerbModule> }): Promise<Command> {
  const command = (await verb.load()).command();
  return command.description(command.description() || verb.summary).exitOverride();
}

await main(process.argv.slice(2));
