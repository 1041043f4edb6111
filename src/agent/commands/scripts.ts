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

const LEASE_VARIABLES = ['ip', 'mask', 'router', 'dns', 'staticroutes', 'msstaticroutes', 'lease'];

export function leaseCommand(context: Context): number {
  const [device, event] = context.words;
  if (device === undefined || event === undefined) throw new UsageError('plaitctl lease DEVICE EVENT');
  const env: Record<string, string> = {};
  for (const name of LEASE_VARIABLES) {
    const value = context.env(name);
    if (value !== undefined) env[name] = value;
  }
  ask(context, 'lease', { device, event, env });
  return EXIT_OK;
}
