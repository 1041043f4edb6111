// SPDX-License-Identifier: MIT
import { program } from '../program.ts';
import { bashCompletion } from './bash.ts';
import { commandFacts } from './facts.ts';
import { fishCompletion } from './fish.ts';
import { zshCompletion } from './zsh.ts';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

export type Shell = keyof typeof scripts;
export const shells = Object.keys(scripts) as Shell[];

/** The completion script of a shell, for the command line as it is in this checkout. */
export async function completionScript(shell: Shell): Promise<string> {
  return scripts[shell](await commandFacts(await program()));
}
