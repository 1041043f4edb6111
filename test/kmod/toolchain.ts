// SPDX-License-Identifier: MIT
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ensureHostPackages, thisHost } from '../../src/image/host-packages.ts';

const call = promisify(execFile);

export const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Milliseconds that one program may take before it is killed, which fails the test. */
const DEADLINE = 10 * 60_000;

/** Installs what a test compiles with, or throws naming the packages and the command. */
export async function needPackages(names: readonly string[]): Promise<void> {
  await ensureHostPackages(names, thisHost(AbortSignal.timeout(DEADLINE), console.log), (missing) =>
    console.log(`installing ${missing.join(' ')}`),
  );
}

/** A folder of its own, removed when `use` is done. */
export async function inScratch<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'plait-kmod-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Compiles C of the portable core with one of the test programs, sanitizers on, warnings as errors. `libraries` are options of the
 * linker.
 */
export async function compileCore(
  sources: readonly string[],
  program: string,
  libraries: readonly string[] = [],
): Promise<void> {
  await needPackages(['gcc', 'libc6-dev']);
  const sanitize = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  const warnings = ['-std=gnu11', '-Wall', '-Wextra', '-Werror'];
  const include = ['-I', join(repository, 'test/kmod/port'), '-I', join(repository, 'src/kmod/core')];
  const files = sources.map((source) => join(repository, source));
  await call(
    'gcc',
    ['-O1', '-g', ...warnings, ...sanitize, ...include, ...files, '-o', program, ...libraries],
    {
      timeout: DEADLINE,
    },
  );
}

/** The same for what needs cryptographic primitives (`src/kmod/core/udp/crypto.h`). */
export async function compileCoreWithCrypto(sources: readonly string[], program: string): Promise<void> {
  await needPackages(['libsodium-dev', 'libssl-dev']);
  await compileCore([...sources, 'test/kmod/port/plait_crypto.c'], program, ['-lsodium', '-lcrypto']);
}

/** Runs a program to its end, in a folder. `output` is all that it printed, on either stream. */
export function run(
  argv: readonly string[],
  input = '',
  cwd = process.cwd(),
): Promise<{ output: string; code: number | null }> {
  const [program = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, timeout: DEADLINE });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ output, code }));
    // A program may end without having read what it got.
    child.stdin.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') reject(error);
    });
    child.stdin.end(input);
  });
}
