// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BuildError, UsageError } from './errors.ts';
import { runProgram } from './exec.ts';

/** Debian packages that the common part of the pipeline calls, whatever the engine; what shapes an image is taken from the archive. */
export const commonHostPackages: readonly string[] = ['xz-utils'];

/** What asks and changes the machine; tests pass their own. */
export interface HostSystem {
  /** Names of the packages among `names` that are installed. */
  installed(names: readonly string[]): Promise<string[]>;
  /** The words before `apt-get` that make it run as root, or nothing when this user may not. */
  rootPrefix(): Promise<readonly string[] | undefined>;
  /** Runs a program and throws when it fails. */
  run(argv: readonly string[]): Promise<void>;
}

/**
 * Installs the Debian packages that are missing, when this user may. Throws a UsageError with the exact command when
 * not, a BuildError when apt fails.
 */
export async function ensureHostPackages(
  names: readonly string[],
  host: HostSystem,
  onInstall: (packages: readonly string[]) => void,
): Promise<void> {
  const present = new Set(await host.installed(names));
  const missing = [...new Set(names)].filter((name) => !present.has(name)).sort();
  if (missing.length === 0) return;
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...missing];
  const prefix = await host.rootPrefix();
  if (!prefix) {
    throw new UsageError(
      `Debian packages are missing, and this user may not install them. Run:\n\n  sudo ${install.join(' ')}\n`,
    );
  }
  onInstall(missing);
  try {
    await host.run([...prefix, ...install]);
  } catch {
    await aptAgain(host, prefix, install);
  }
}

/** A machine whose package lists are old or were never fetched. */
async function aptAgain(
  host: HostSystem,
  prefix: readonly string[],
  install: readonly string[],
): Promise<void> {
  try {
    await host.run([...prefix, 'apt-get', 'update']);
    await host.run([...prefix, ...install]);
  } catch (error) {
    throw new BuildError(
      `could not install Debian packages: ${(error as Error).message}. Try: ${install.join(' ')}`,
      {
        cause: error,
      },
    );
  }
}

/** The machine that runs this process; `line` gets what apt says. */
export function thisHost(signal: AbortSignal, line: (text: string) => void): HostSystem {
  const call = promisify(execFile);
  return {
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
    async run(argv) {
      const base = { ...(process.env as Record<string, string>), DEBIAN_FRONTEND: 'noninteractive' };
      await runProgram(argv, { cwd: '/', base, signal, line });
    },
  };
}
