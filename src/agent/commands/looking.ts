// SPDX-License-Identifier: MIT
/** Commands that show what is. */
import { renderTunnels, renderUplinks } from '../render-detail.ts';
import { renderStatus } from '../render-status.ts';
import { ask, type Context, EXIT_OK, UsageError } from './context.ts';

export function statusCommand(context: Context): number {
  const status = ask(context, 'status', {});
  context.out(context.json ? `${JSON.stringify(status)}\n` : renderStatus(status));
  return EXIT_OK;
}

export function showCommand(context: Context): number {
  const what = context.words[0] ?? 'config';
  if (what === 'uplinks') return showUplinks(context);
  if (what === 'tunnels') return showTunnels(context);
  if (what !== 'config' && what !== 'plan') {
    throw new UsageError(`"${what}" cannot be shown; show config, plan, uplinks or tunnels`);
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

function showTunnels(context: Context): number {
  const status = ask(context, 'status', {});
  const { tunnels, buffer } = status;
  context.out(context.json ? `${JSON.stringify({ tunnels, buffer })}\n` : renderTunnels(status));
  return EXIT_OK;
}
