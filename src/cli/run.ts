// SPDX-License-Identifier: MIT
import { type ExitCode, reportError } from './errors.ts';
import { type Output, program, withHelpWord } from './program.ts';

/** Runs one command line; returns its exit code. */
export async function run(given: readonly string[], output: Output = {}): Promise<ExitCode> {
  // Without a verb, commander would print the help as if something had gone wrong.
  const args = given.length === 0 ? ['--help'] : given;
  try {
    const top = await program(verbOf(args), output);
    await top.parseAsync(withHelpWord(args, top), { from: 'user' });
    return 0;
  } catch (error) {
    const { writeErr } = output;
    return reportError(error, writeErr ? (text) => writeErr(`${text}\n`) : console.error);
  }
}

/** The verb that a command line is about; undefined when the help of all is asked for. */
function verbOf(args: readonly string[]): string | undefined {
  const [verb = '--help'] = args[0] === 'help' ? args.slice(1) : args;
  return ['-h', '--help'].includes(verb) ? undefined : verb;
}
