// SPDX-License-Identifier: MIT
/**
 * DHCP and TFTP by dnsmasq, of Debian: PXE in the firmware of old cards has its own ways of both protocols, which it knows and a server
 * of ours would have to learn. It is told all by its arguments, reads no file of this machine, and ends with this process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pxeFiles } from '../../image/boot/grub-config.ts';
import { BuildError, UsageError } from '../../image/errors.ts';
import type { Bench } from './bench-interface.ts';

const PROGRAMS = ['/usr/sbin/dnsmasq', '/usr/local/sbin/dnsmasq', '/usr/bin/dnsmasq'];
/** Milliseconds in which it says that it cannot, if it cannot. */
const REFUSES = 1_500;
/** Milliseconds to end when it is asked to. */
const ENDS = 3_000;
const LAST_LINES = 5;

/** @throws UsageError that names the package */
export function dnsmasqProgram(): string {
  const found = PROGRAMS.find((path) => existsSync(path));
  if (found === undefined)
    throw new UsageError('dnsmasq is missing. Run:\n\n  sudo apt-get install dnsmasq-base\n');
  return found;
}

export function dnsmasqArguments(bench: Bench, folder: string): string[] {
  const [first, last] = bench.boards;
  return [
    ...['--keep-in-foreground', '--conf-file=/dev/null', '--no-hosts', '--no-resolv', '--port=0'],
    ...[`--interface=${bench.name}`, '--except-interface=lo', '--bind-interfaces'],
    // Neither a router nor a name server: the bench leads nowhere.
    ...[
      `--dhcp-range=${first},${last},${bench.netmask},10m`,
      '--dhcp-option=option:router',
      '--dhcp-option=option:dns-server',
    ],
    ...[
      '--dhcp-authoritative',
      '--dhcp-no-override',
      `--dhcp-boot=${pxeFiles.core}`,
      '--leasefile-ro',
      '--no-ping',
    ],
    ...['--enable-tftp', `--tftp-root=${folder}`, '--user=nobody', '--group=nogroup'],
    ...[`--pid-file=${join(folder, 'pid')}`, '--log-facility=-'],
  ];
}

/**
 * Ends the program in its arguments when its own input ends, and with it. The kernel's signal for a parent that has died would not do:
 * a program that gives up being root loses it.
 */
const WITH_ME = `
exec 3<&0
"$@" 3<&- </dev/null &
program=$!
{ cat <&3 >/dev/null; kill "$program"; } 2>/dev/null &
exec 3<&-
wait "$program"
`;

/** One that runs. */
export interface Dnsmasq {
  /** Resolves when it has ended by itself, with what it said last. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** @throws BuildError when it ends at once */
export async function startDnsmasq(
  bench: Bench,
  folder: string,
  say: (text: string) => void,
): Promise<Dnsmasq> {
  const argv = ['-c', WITH_ME, 'sh', dnsmasqProgram(), ...dnsmasqArguments(bench, folder)];
  // A group of its own: Ctrl-C at the terminal is for this process, which then ends it.
  const child = spawn('sh', argv, {
    ...{ stdio: ['pipe', 'pipe', 'pipe'], detached: true },
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  child.stdin.on('error', () => {});
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      lines.splice(0, lines.length - LAST_LINES);
      const text = toldBy(line);
      if (text !== undefined) say(text);
    });
  const ended = whenEnded(child).then((how) => [how, ...lines].join('\n  '));
  const refused = await Promise.race([ended, after(REFUSES)]);
  if (refused !== undefined) throw new BuildError(`dnsmasq: ${refused}`);
  return {
    ended,
    async stop() {
      child.stdin.end();
      const how = await Promise.race([ended, after(ENDS)]);
      if (how === undefined && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    },
  };
}

/** What a person at the bench wants to know of a line of its log. */
export function toldBy(line: string): string | undefined {
  const [, address, mac] = /DHCPACK\(\S+\) (\S+) (\S+)/.exec(line) ?? [];
  if (address !== undefined) return `${address}: a board (${mac}) asks for what to start.`;
  const [, file = '', to] = /sent (\S+) to (\S+)/.exec(line) ?? [];
  if (to === undefined)
    return /failed sending|error/.test(line) ? line.replace(/^dnsmasq\S*: /, '') : undefined;
  return `${to}: has ${file.slice(file.lastIndexOf('/') + 1)}.`;
}

function whenEnded(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    // Not `close`: what waits for this process' end holds the output until the input has ended.
    child.once('exit', (code, signal) => {
      child.stdin?.end();
      resolve(`it ended ${signal === null ? `with ${code}` : `by ${signal}`}`);
    });
  });
}

function after(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), milliseconds).unref();
  });
}
