// SPDX-License-Identifier: MIT
/** Commands about the board itself: its ports, its version, its restart. */
import { portsOf, readBoard } from '../board.ts';
import { IFF_UP, type Link } from '../netlink/rtnl/link.ts';
import type { Files } from '../ports.ts';
import { table } from '../text-table.ts';
import { upgradeLine } from '../upgrade/job-states.ts';
import { ask, type Context, EXIT_OK, FailureError, NoDaemon } from './context.ts';

/** What stopping services and unmounting may take before it is said that nothing happens. */
const REBOOT_TIMEOUT = 10_000;

export interface PortStatus {
  name: string;
  /** Absent: the kernel has no such port. */
  mac?: string;
  /** `down`: nobody has set it up, so its link is not known. */
  link: 'up' | 'no carrier' | 'down' | 'missing';
  /** Absent without link, and where the driver does not tell. */
  speedMbit?: number;
  duplex?: 'full' | 'half';
}

export function portsCommand(context: Context): number {
  const kernel = context.kernel();
  const links = new Map(kernel.links().map((link) => [link.name, link]));
  const { files } = context.ports;
  const ports = portsOf(readBoard(files), kernel).map((name) => portStatus(files, name, links.get(name)));
  if (context.json) context.out(`${JSON.stringify({ ports })}\n`);
  else
    for (const line of table(['PORT', 'MAC', 'LINK', 'SPEED'], ports.map(portRow))) context.out(`${line}\n`);
  return EXIT_OK;
}

function portStatus(files: Files, name: string, link: Link | undefined): PortStatus {
  if (link === undefined) return { name, link: 'missing' };
  const mac = attribute(files, name, 'address');
  const status = { name, ...(mac === undefined ? {} : { mac }) };
  if ((link.flags & IFF_UP) === 0) return { ...status, link: 'down' };
  if (attribute(files, name, 'carrier') !== '1') return { ...status, link: 'no carrier' };
  const speed = Number(attribute(files, name, 'speed'));
  const duplex = attribute(files, name, 'duplex');
  return {
    ...status,
    link: 'up',
    // Drivers say -1 for what they do not know.
    ...(speed > 0 ? { speedMbit: speed } : {}),
    ...(duplex === 'full' || duplex === 'half' ? { duplex } : {}),
  };
}

function portRow({ name, mac = '-', link, speedMbit, duplex }: PortStatus): string[] {
  const speed = speedMbit === undefined ? '-' : `${speedMbit} Mbit/s`;
  return [name, mac, link, duplex === undefined ? speed : `${speed} ${duplex} duplex`];
}

/** The kernel refuses to read some of them while a device is down. */
function attribute(files: Files, device: string, name: string): string | undefined {
  try {
    return files.read(`/sys/class/net/${device}/${name}`)?.trim();
  } catch {
    return undefined;
  }
}

export function versionCommand(context: Context): number {
  const { files } = context.ports;
  const { name: board, slot } = readBoard(files);
  const kernel = files.read('/proc/sys/kernel/osrelease')?.trim();
  if (context.json) {
    context.out(`${JSON.stringify({ version: PLAIT_VERSION, board, slot, kernel })}\n`);
    return EXIT_OK;
  }
  const parts = [
    board,
    ...(slot === undefined ? [] : [`slot ${slot}`]),
    ...(kernel ? [`Linux ${kernel}`] : []),
  ];
  context.out(`plait ${PLAIT_VERSION} (${parts.join(', ')})\n`);
  return EXIT_OK;
}

export async function rebootCommand(context: Context): Promise<number> {
  if (!context.options.has('unconfirmed')) refuseWhileBusy(context);
  const { code, stderr } = await context.ports.processes.run(['reboot'], { timeout: REBOOT_TIMEOUT });
  if (code !== 0)
    throw new Error(`the board was not restarted: ${stderr.trim() || `reboot ended with ${code}`}`);
  context.out(context.json ? `${JSON.stringify({ rebooting: true })}\n` : 'the board restarts\n');
  return EXIT_OK;
}

/** Without plaitd nothing waits to be confirmed, and no upgrade runs. */
function refuseWhileBusy(context: Context): void {
  try {
    const { pending, upgrade } = ask(context, 'status', {});
    if (pending !== undefined)
      throw refused(
        `an apply waits for "plaitctl confirm" (${pending.secondsLeft} s left): confirm or revert it`,
      );
    if (upgrade !== undefined) throw refused(upgradeLine(upgrade));
  } catch (error) {
    if (!(error instanceof NoDaemon)) throw error;
  }
}

function refused(why: string): FailureError {
  return new FailureError({ code: 'failed', message: `${why}, or say --unconfirmed` });
}
