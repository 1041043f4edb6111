// SPDX-License-Identifier: MIT
/** A guest in QEMU, with several CPUs that really run at once, on the clock of the wall. */
import type { GuestOptions, GuestProgram } from './guest.ts';

const CPUS = 4;
/** MiB; KASAN takes an eighth. */
const MEMORY = 1024;

/**
 * What runs a guest whose console is the file `console`. The guest's file system and the run's folder are the host's,
 * by 9p; only the second is written to.
 */
export function qemuProgram(options: GuestOptions, console: string): GuestProgram {
  const { folder, kernel, root } = options;
  const share = (tag: string, path: string, more: string) => [
    '-virtfs',
    `local,path=${escaped(path)},mount_tag=${tag},security_model=none${more}`,
  ];
  const argv = [
    // The kernel ends the emulator with this process, however this process ends.
    ...['setpriv', '--pdeathsig', 'KILL', 'qemu-system-x86_64', '-nodefaults', '-no-user-config'],
    ...['-display', 'none', '-no-reboot', '-machine', 'pc', '-accel', 'tcg,thread=multi', '-cpu', 'qemu64'],
    ...['-smp', String(CPUS), '-m', `${MEMORY}M`],
    ...['-serial', `file:${escaped(console)}`, '-device', 'virtio-rng-pci'],
    ...share('root', root, ',readonly=on,multidevs=remap'),
    ...share('lab', folder, ''),
    ...['-kernel', kernel, '-append', kernelWords(options).join(' ')],
  ];
  return { argv, base: { PATH: process.env.PATH ?? '/usr/bin:/bin' } };
}

function kernelWords({ kernelArguments }: GuestOptions): string[] {
  return [
    'root=root',
    'rootfstype=9p',
    'rootflags=trans=virtio,version=9p2000.L,cache=loose,msize=262144',
    'ro',
    'init=/init',
    'console=ttyS0',
    'loglevel=5',
    'panic=-1',
    // Emulated CPUs stand still while this machine does other things.
    'rcupdate.rcu_cpu_stall_timeout=300',
    'clocksource=hpet',
    'sch_teql.max_equalizers=2',
    ...kernelArguments,
  ];
}

/** A comma ends a value of QEMU's options unless it stands twice. */
function escaped(value: string): string {
  return value.replaceAll(',', ',,');
}
