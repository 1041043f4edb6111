// SPDX-License-Identifier: MIT
/** Commands that the board's scripts call. */
import { readBoard } from '../board.ts';
import { growData } from '../grow-data.ts';
import { ask, type Context, EXIT_OK, UsageError } from './context.ts';

export async function growCommand(context: Context): Promise<number> {
  const { files, disks, processes } = context.ports;
  const { disk, data } = readBoard(files);
  if (disk === undefined || data === undefined)
    throw new Error('this board has no data partition that could grow');
  const changes = await growData(disks, processes, { disk, ...data });
  if (context.json) context.out(`${JSON.stringify({ changes })}\n`);
  else for (const change of changes) context.out(`${change}\n`);
  return EXIT_OK;
}

const LEASE_VARIABLES = ['ip', 'mask', 'router', 'dns', 'ntpsrv', 'staticroutes', 'msstaticroutes', 'lease'];

export function leaseCommand(context: Context): number {
  const [device, event] = context.words;
  if (device === undefined || event === undefined) throw new UsageError('plaitctl lease DEVICE EVENT');
  ask(context, 'lease', { device, event, env: variables(context, LEASE_VARIABLES) });
  return EXIT_OK;
}

/** What happened does not matter: the stratum says whether ntpd follows a server now. */
export function clockCommand(context: Context): number {
  ask(context, 'clock', { env: variables(context, ['stratum', 'offset']) });
  return EXIT_OK;
}

function variables(context: Context, names: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of names) {
    const value = context.env(name);
    if (value !== undefined) env[name] = value;
  }
  return env;
}
