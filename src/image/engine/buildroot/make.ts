// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { BuildError } from '../../errors.ts';
import type { Argv } from '../../stage.ts';

/** Runs a program; gives its standard output when `capture`. Within a stage or before the stages. */
export type Run = (
  argv: Argv,
  options: { readonly env: Readonly<Record<string, string>>; readonly capture: boolean },
) => Promise<string>;

export interface MakeOptions {
  /** The tree. */
  readonly tree: string;
  /** BR2_EXTERNAL: our tree. */
  readonly external: string;
  /** O=. */
  readonly output: string;
}

/** Buildroot's makefile with one output directory. */
export class Buildroot {
  readonly output: string;
  private readonly options: MakeOptions;
  private readonly run: Run;

  constructor(options: MakeOptions, run: Run) {
    this.options = options;
    this.output = options.output;
    this.run = run;
  }

  /** Makes targets; the program's own output goes to the log. */
  async make(targets: Argv, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const instruments = { BR2_INSTRUMENTATION_SCRIPTS: listInstalled };
    await this.run([this.command(), targets], {
      env: { ...rootMay, ...instruments, ...env },
      capture: false,
    });
  }

  /** Gives what a target prints. */
  async print(target: string): Promise<string> {
    return this.run([this.command(), '--silent', target], { env: rootMay, capture: true });
  }

  private command(): string[] {
    const { tree, external, output } = this.options;
    return ['make', '--no-print-directory', '-C', tree, `O=${output}`, `BR2_EXTERNAL=${external}`];
  }
}

/** The script that Buildroot calls after each step. */
export const listInstalled = fileURLToPath(new URL('list-installed.sh', import.meta.url));

/** Some packages refuse to be configured by root unless told so; in a container there is nobody else. */
const rootMay: Readonly<Record<string, string>> =
  process.getuid?.() === 0 ? { FORCE_UNSAFE_CONFIGURE: '1' } : {};

/**
 * Says which package failed at what: the last step that Buildroot announced in a log. Gives the error itself when
 * nothing was announced.
 */
export async function explainFailure(error: unknown, log: string): Promise<unknown> {
  const steps = announcedSteps(await readFile(log, 'utf8').catch(() => ''));
  const last = steps.at(-1);
  if (last === undefined || !(error instanceof BuildError)) return error;
  return new BuildError(`Buildroot's package ${last.name}, ${last.step}: ${error.message}`, { cause: error });
}

/** The steps that a log announces: `>>> busybox 1.37.0 Building`, in bold. */
export function announcedSteps(log: string): { name: string; step: string }[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the terminal's codes for bold
  const plain = log.replace(/\u001b\[\d*m/g, '').replace(/\u001b\(B/g, '');
  return [...plain.matchAll(/^(?:\[\d+m)?>>> (\S+) (\S*) (.+?)(?:\[\d+m)?$/gm)].map((match) => ({
    name: [match[1], match[2]].filter((word) => word).join(' '),
    step: (match[3] ?? '').toLowerCase(),
  }));
}
