// SPDX-License-Identifier: MIT
/**
 * How the agent becomes one executable: esbuild makes one neutral ES module, `qjsc` turns it into C with bytecode and
 * a `main`, the C compiler links that with the native module and libquickjs.a. The pipeline's agent stage and the
 * host tests call the same functions; nothing here spawns a process.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The folder of the agent's sources. */
export const AGENT_DIR = dirname(fileURLToPath(import.meta.url));

/** The C of the executable; the rest is in the bundle. */
export const AGENT_NATIVE = join(AGENT_DIR, 'native');

/** Its files, without `.c`. */
const NATIVE_FILES = ['plait_native', 'values', 'sockets', 'processes', 'files', 'devices', 'clock'];

/** Modules of C in the executable: name imported by TypeScript → the C name of its `js_init_module_…`. */
const C_MODULES: Readonly<Record<string, string>> = {
  plait_native: 'plait_native',
  'quickjs-std': 'std',
  'quickjs-os': 'os',
};

export interface BundleOptions {
  /** Version shown by `plaitctl status`. */
  version: string;
  /** Board the executable is for. */
  board: string;
  /** What runs. Default: the agent. */
  entry?: string;
}

/** One ES module as text; only the C modules stay imports. */
export async function bundleAgent(options: BundleOptions): Promise<string> {
  const result = await build({
    entryPoints: [options.entry ?? join(AGENT_DIR, 'main.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['import', 'module'],
    target: 'es2022',
    charset: 'utf8',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    external: Object.keys(C_MODULES),
    define: {
      PLAIT_VERSION: JSON.stringify(options.version),
      PLAIT_BOARD: JSON.stringify(options.board),
    },
    logLevel: 'silent',
  });
  const file = result.outputFiles[0];
  if (file === undefined) throw new Error('esbuild gave no output for the agent');
  return file.text;
}

export interface CompileOptions {
  /** `qjsc` that runs on the host, of the same version as `lib`. */
  qjsc: string;
  /** C compiler for the target, words as in argv: `['i586-linux-musl-gcc']`. */
  cc: readonly string[];
  /** Folder with quickjs.h and quickjs-libc.h. */
  include: string;
  /** libquickjs.a for the target. */
  lib: string;
  /** CPU and hardening flags of the board; optimisation and sections are added here. */
  cflags: readonly string[];
  ldflags?: readonly string[];
  /** Text of `bundleAgent`, as a file. */
  bundle: string;
  /** Folder for agent.c and the objects. */
  work: string;
  /** The executable. */
  out: string;
  /** Static executable (default true); false for a host build with sanitizers. */
  static?: boolean;
  /** Strip symbols at link time (default true). */
  strip?: boolean;
}

/** Command lines to run in this order; each is an argv, none needs a shell. */
export function agentCompileCommands(options: CompileOptions): string[][] {
  const generated = join(options.work, 'agent.c');
  const main = join(options.work, 'agent.o');
  const native = NATIVE_FILES.map((name) => ({
    source: join(AGENT_NATIVE, `${name}.c`),
    object: join(options.work, `${name}.o`),
  }));
  const common = ['-Os', '-ffunction-sections', '-fdata-sections', ...options.cflags];
  const headers = ['-isystem', options.include];
  return [
    [
      options.qjsc,
      '-e',
      '-m',
      '-s',
      '-N',
      'plait_agent',
      ...Object.entries(C_MODULES).flatMap(([name, cname]) => ['-M', `${name},${cname}`]),
      '-o',
      generated,
      options.bundle,
    ],
    [...options.cc, ...common, '-D_GNU_SOURCE', ...headers, '-c', '-o', main, generated],
    ...native.map(({ source, object }) => [
      ...options.cc,
      ...common,
      ...['-std=gnu11', '-Wall', '-Wextra', '-Werror'],
      ...headers,
      ...['-c', '-o', object, source],
    ]),
    [
      ...options.cc,
      ...common,
      ...((options.static ?? true) ? ['-static'] : []),
      ...((options.strip ?? true) ? ['-s'] : []),
      '-Wl,--gc-sections',
      ...(options.ldflags ?? []),
      '-o',
      options.out,
      main,
      ...native.map(({ object }) => object),
      options.lib,
      '-lm',
      '-ldl',
      '-lpthread',
    ],
  ];
}
