// SPDX-License-Identifier: MIT
/** Commands that show what is. */
import { tableText } from '../../appliance/nft/text.ts';
import { renderTunnels, renderUplinks } from '../render-detail.ts';
import { renderStatus } from '../render-status.ts';
import type { Status } from '../status.ts';
import { ask, type Context, EXIT_OK, FailureError, UsageError } from './context.ts';

export function statusCommand(context: Context): number {
  const status = ask(context, 'status', {});
  const [name] = context.words;
  if (name !== undefined) return tunnelStatus(context, status, name);
  context.out(context.json ? `${JSON.stringify(status)}\n` : renderStatus(status));
  return EXIT_OK;
}

function tunnelStatus(context: Context, { tunnels }: Status, name: string): number {
  const tunnel = tunnels.find((one) => one.name === name);
  if (tunnel === undefined) {
    const known =
      tunnels.length === 0 ? 'there are none' : `there are ${tunnels.map((one) => one.name).join(', ')}`;
    throw new FailureError({ code: 'nothing', message: `there is no tunnel "${name}"; ${known}` });
  }
  context.out(context.json ? `${JSON.stringify(tunnel)}\n` : renderTunnels({ tunnels: [tunnel] }));
  return EXIT_OK;
}

export function showCommand(context: Context): number {
  const what = context.words[0] ?? 'config';
  if (what === 'uplinks') return showUplinks(context);
  if (what === 'tunnels') return showTunnels(context);
  if (what === 'firewall') return showFirewall(context);
  if (what !== 'config' && what !== 'plan') {
    throw new UsageError(`"${what}" cannot be shown; show config, plan, uplinks, tunnels or firewall`);
  }
  const result = ask(context, 'show', { what });
  context.out(context.json ? `${JSON.stringify(result)}\n` : result.text);
  return EXIT_OK;
}

function showUplinks(context: Context): number {
  const status = ask(context, 'status', {});
  const { balance, uplinks } = status;
  context.out(context.json ? `${JSON.stringify({ balance, uplinks })}\n` : renderUplinks(status));
  return EXIT_OK;
}

/** What the kernel has, whoever made it so. */
function showFirewall(context: Context): number {
  const tables = context.kernel().tables();
  context.out(context.json ? `${JSON.stringify({ tables })}\n` : tables.map(tableText).join(''));
  return EXIT_OK;
}

function showTunnels(context: Context): number {
  const status = ask(context, 'status', {});
  const { tunnels, buffer } = status;
  context.out(context.json ? `${JSON.stringify({ tunnels, buffer })}\n` : renderTunnels(status));
  return EXIT_OK;
}
