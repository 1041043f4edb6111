// SPDX-License-Identifier: MIT
/** Guests on the terminal: a shell inside of the network, or a debugger on the kernel. */
import { spawn } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GuestOptions } from './guest.ts';
import { linkRoot, umlArguments, umlEnvironment } from './uml.ts';

/** Runs a guest whose console is this process's terminal; the run's script must end in a shell. Ends with the shell. */
export async function shellInGuest(options: Omit<GuestOptions, 'deadline' | 'signal'>): Promise<void> {
  await linkRoot(options);
  await onTerminal(options, [options.kernel, ...umlArguments(options), 'loglevel=1', 'con0=fd:0,fd:1']);
}

export interface Debugging {
  /** Folder with `vmlinux-gdb.py`. */
  readonly scripts: string;
  /** Folder with the modules and their symbols. */
  readonly modules: string;
}

const kmod = fileURLToPath(new URL('../../kmod/', import.meta.url));

/**
 * Starts gdb with the guest's kernel, ready for `run`; what the guest says goes to `console.log` in its folder. Ends
 * with gdb.
 */
export async function debugGuest(
  options: Omit<GuestOptions, 'deadline' | 'signal'>,
  { scripts, modules }: Debugging,
): Promise<void> {
  await linkRoot(options);
  const commands = [
    'set pagination off',
    'set confirm off',
    // Each process of the guest is a child of the kernel's.
    'set print inferior-events off',
    'set breakpoint pending on',
    // How User Mode Linux sees page faults, timers and its own interrupts.
    'handle SIGSEGV SIGUSR1 SIGUSR2 SIGALRM SIGIO SIGCHLD SIGWINCH nostop noprint pass',
    // Modules name their sources from here on.
    `directory ${join(kmod, 'linux')}`,
    `source ${join(scripts, 'vmlinux-gdb.py')}`,
    // Symbols of modules come as these are loaded.
    `lx-symbols ${modules}`,
  ];
  // lx-symbols looks for the kernel under this name where gdb was started.
  await symlink(options.kernel, join(options.folder, 'vmlinux'));
  await writeFile(join(options.folder, 'gdbinit'), `${commands.join('\n')}\n`);
  const kernel = [options.kernel, ...umlArguments(options), 'con0=null,fd:9'];
  const gdb = ['gdb', '-q', '-nx', '-x', 'gdbinit', '--args', ...kernel];
  await onTerminal(options, ['sh', '-c', 'exec "$@" 9>console.log', 'sh', ...gdb]);
}

/** The program has the terminal, and gets the keys that would end this process. */
async function onTerminal({ folder }: Pick<GuestOptions, 'folder'>, argv: readonly string[]): Promise<void> {
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    const child = spawn('setarch', ['-R', ...argv], {
      cwd: folder,
      env: { ...(await umlEnvironment()), TERM: process.env.TERM ?? 'dumb' },
      stdio: 'inherit',
    });
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => resolve());
    });
  } finally {
    process.off('SIGINT', ignore);
  }
}
