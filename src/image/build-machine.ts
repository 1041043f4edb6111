// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { UsageError } from './errors.ts';
import type { Stage } from './stage.ts';

/** Versions of Debian packages of the build machine, by name. */
export type PackageVersions = Readonly<Record<string, string>>;

/**
 * What compiles for the board beside the archive's own compiler: the machine's gcc makes qjsc and the kernel's helpers,
 * dpkg-source applies Debian's patches.
 */
export const compilePrograms: readonly string[] = [
  ...['gcc', 'libc6-dev', 'make', 'dpkg-dev', 'patch', 'perl', 'diffutils', 'findutils'],
  ...['flex', 'bison', 'bc', 'libelf-dev', 'rsync'],
];

/** Where stages find programs: what Debian's packages brought, and not what lies in a user's own folders. */
export const systemPath = '/usr/sbin:/usr/bin:/sbin:/bin';

let asked: Promise<Map<string, Installed>> | undefined;

/**
 * Versions of packages of the build machine and of the programs that they depend on, for the `machine` of a stage that
 * calls them. `gcc` alone would not do: the compiler itself is in `gcc-12`. Libraries are left out unless named: a
 * security update of libssl would build the world anew and change nothing.
 */
export async function packageVersions(names: readonly string[]): Promise<PackageVersions> {
  asked ??= listInstalled();
  const installed = await asked;
  const found = new Map<string, string>();
  const visit = (name: string) => {
    const one = installed.get(name);
    if (one === undefined || found.has(name)) return;
    found.set(name, one.version);
    one.needs.filter((need) => !isLibrary(need)).forEach(visit);
  };
  names.forEach(visit);
  return Object.fromEntries([...found].sort());
}

/** The programs of the build machine that stages and all that they build on were made by. */
export function machineOf(stages: readonly Stage[]): PackageVersions {
  const seen = new Set<Stage>();
  const found = new Map<string, string>();
  const visit = (stage: Stage) => {
    if (seen.has(stage)) return;
    seen.add(stage);
    for (const [name, version] of Object.entries(stage.machine ?? {})) found.set(name, version);
    stage.deps.forEach(visit);
  };
  stages.forEach(visit);
  return Object.fromEntries([...found].sort());
}

function isLibrary(name: string): boolean {
  return /^lib|-dev$/.test(name);
}

interface Installed {
  readonly version: string;
  readonly needs: readonly string[];
}

async function listInstalled(): Promise<Map<string, Installed>> {
  const fields = ['${db:Status-Status}', '${Package}', '${Version}', '${Depends}, ${Pre-Depends}'];
  const format = `--showformat=${fields.join('\\t')}\\n`;
  const { stdout } = await promisify(execFile)('dpkg-query', ['--show', format], {
    maxBuffer: 2 ** 26,
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw new UsageError('dpkg-query is missing: the build machine must be a Debian');
    throw error;
  });
  const installed = new Map<string, Installed>();
  for (const line of stdout.split('\n')) {
    const [state, name, version, needs] = line.split('\t');
    if (state !== 'installed' || name === undefined || version === undefined) continue;
    installed.set(name, { version, needs: dependencyNames(needs ?? '') });
  }
  return installed;
}

/** `libc6 (>= 2.36), perl:any | perl5` → the names, of alternatives each. */
function dependencyNames(text: string): string[] {
  return text.split(/[,|]/).flatMap((one) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(one)?.[1] ?? []);
}
