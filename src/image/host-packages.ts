// SPDX-License-Identifier: MIT
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { promisify } from 'node:util';
import type { Board, DiskFormat } from './board.ts';
import { qcow2HostPackages } from './disk/qcow2-stage.ts';
import { BuildError, UsageError } from './errors.ts';
import { runProgram } from './exec.ts';

/** Another apt may be at work, such as unattended-upgrades on a machine that was just switched on: it is waited for, in seconds. */
const patience = ['-o', 'DPkg::Lock::Timeout=300'];

/** Debian packages that the common part of the pipeline calls, whatever the engine; what shapes an image is taken from the archive. */
export const commonHostPackages: readonly string[] = ['dpkg-dev', 'gpgv', 'xz-utils'];

/** What makes the disk image in another format than its bytes. */
const formatPackages: Readonly<Record<DiskFormat, readonly string[]>> = { img: [], qcow2: qcow2HostPackages };

/** Debian packages that the common part of the pipeline calls for one board. */
export function boardHostPackages(board: Board): string[] {
  return [...commonHostPackages, ...board.disk.formats.flatMap((format) => formatPackages[format])];
}

/** What asks and changes the machine; tests pass their own. */
export interface HostSystem {
  /** Whether packages may be installed at all (`--no-install`). */
  readonly mayInstall: boolean;
  /** Names of the packages among `names` that are installed. */
  installed(names: readonly string[]): Promise<string[]>;
  /** The words before `apt-get` that make it run as root without asking, or nothing when this user may not. */
  rootPrefix(): Promise<readonly string[] | undefined>;
  /** Asks a person, once, whether a command may be run that wants a password; false when nobody is there. */
  mayRun(command: readonly string[]): Promise<boolean>;
  /** Runs a program and throws when it fails; `onTerminal`: one that talks with the person there. */
  run(argv: readonly string[], onTerminal?: boolean): Promise<void>;
}

/**
 * Installs the Debian packages that are missing, when this user may or a person at the terminal agrees; `onInstall` is told
 * before. Throws a UsageError with the exact command when not, a BuildError when apt fails.
 */
export async function ensureHostPackages(
  names: readonly string[],
  host: HostSystem,
  onInstall: (packages: readonly string[]) => void,
): Promise<void> {
  const missing = await missingPackages(names, host);
  if (missing.length === 0) return;
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...patience, ...missing];
  if (!host.mayInstall) throw new UsageError(`Debian packages are missing. ${toRun(install)}`);
  const prefix = await host.rootPrefix();
  const asked = prefix === undefined;
  if (asked && !(await host.mayRun(['sudo', ...install])))
    throw new UsageError(
      `Debian packages are missing, and this user may not install them. ${toRun(install)}`,
    );
  onInstall(missing);
  const run = (argv: readonly string[]) => host.run([...(prefix ?? ['sudo']), ...argv], asked);
  try {
    await run(install);
  } catch {
    await aptAgain(run, install);
  }
}

/** Those of the packages that are not installed, sorted. */
export async function missingPackages(
  names: readonly string[],
  host: Pick<HostSystem, 'installed'>,
): Promise<string[]> {
  const present = new Set(await host.installed(names));
  return [...new Set(names)].filter((name) => !present.has(name)).sort();
}

function toRun(install: readonly string[]): string {
  return `Run:\n\n  sudo ${install.join(' ')}\n`;
}

/** A machine whose package lists are old or were never fetched. */
async function aptAgain(
  run: (argv: readonly string[]) => Promise<void>,
  install: readonly string[],
): Promise<void> {
  try {
    await run(['apt-get', 'update']);
    await run(install);
  } catch (error) {
    throw new BuildError(
      `could not install Debian packages: ${(error as Error).message}. Try: ${install.join(' ')}`,
      { cause: error },
    );
  }
}

export interface HostOptions {
  /** Default: unless PLAIT_NO_INSTALL is set. */
  readonly install?: boolean;
  /** Called before a person is asked, so that nothing is drawn over the question. */
  readonly onAsk?: (command: readonly string[]) => void;
}

/** The machine that runs this process; `line` gets what apt says. */
export function thisHost(
  signal: AbortSignal,
  line: (text: string) => void,
  { install = !process.env.PLAIT_NO_INSTALL, onAsk = () => {} }: HostOptions = {},
): HostSystem {
  const call = promisify(execFile);
  return {
    mayInstall: install,
    async mayRun(command) {
      const { stdin, stderr } = process;
      if (!stdin.isTTY || !stderr.isTTY) return false;
      const there = await call('sudo', ['--version']).catch(() => undefined);
      if (there === undefined) return false;
      onAsk(command);
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        const answer = await lines.question(`run ${command.join(' ')}? [Y/n] `, { signal });
        return /^(|y|yes)$/i.test(answer.trim());
      } finally {
        lines.close();
      }
    },
    async installed(names) {
      // dpkg-query exits non-zero when it does not know one of the names, but lists the others.
      const format = `\${db:Status-Status} \${Package}\\n`;
      const asked = call('dpkg-query', ['--show', `--showformat=${format}`, ...names]);
      const { stdout } = await asked.catch((error: { stdout?: string; code?: unknown }) => {
        if (error.code === 'ENOENT')
          throw new UsageError('dpkg-query is missing: the build machine must be a Debian');
        return { stdout: error.stdout ?? '' };
      });
      return stdout.split('\n').flatMap((text) => /^installed (\S+)$/.exec(text)?.[1] ?? []);
    },
    async rootPrefix() {
      if (process.getuid?.() === 0) return [];
      const may = await call('sudo', ['--non-interactive', 'true']).then(
        () => true,
        () => false,
      );
      return may ? ['sudo', '--non-interactive', '--preserve-env=DEBIAN_FRONTEND'] : undefined;
    },
    async run(argv, onTerminal = false) {
      if (onTerminal) {
        await runOnTerminal(argv);
        return;
      }
      const base = { ...(process.env as Record<string, string>), DEBIAN_FRONTEND: 'noninteractive' };
      await runProgram(argv, { cwd: '/', base, signal, line });
    },
  };
}

/** In the terminal's own process group: sudo reads its password there. */
async function runOnTerminal(argv: readonly string[]): Promise<void> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new BuildError(`${program} ended with status ${code}`);
}
