// SPDX-License-Identifier: MIT
/** The firewall: whole rule sets, loaded and put back by the programs of iptables. */
import type { FirewallItem } from '../../../appliance/plan-types.ts';
import type { Context, KindOperations, Undo } from '../operation.ts';

const RESTORE_TIMEOUT = 20_000;

export const firewall: KindOperations<'firewall'> = {
  add: load,
  remove: (context) => load(context, OPEN_FIREWALL),
};

async function load(context: Context, item: FirewallItem): Promise<Undo> {
  const { record } = context;
  const before = record.firewall;
  const saved = { ipv4: await save(context, 'iptables-save'), ipv6: await save(context, 'ip6tables-save') };
  try {
    await restoreRules(context, 'iptables-restore', item.ipv4);
    await restoreRules(context, 'ip6tables-restore', item.ipv6);
  } catch (error) {
    await restoreRules(context, 'iptables-restore', withOpenTables(saved.ipv4, item.ipv4));
    await restoreRules(context, 'ip6tables-restore', withOpenTables(saved.ipv6, item.ipv6));
    throw error;
  }
  if (item === OPEN_FIREWALL) delete record.firewall;
  else record.firewall = { ipv4: item.ipv4, ipv6: item.ipv6 };
  return async () => {
    await restoreRules(context, 'iptables-restore', withOpenTables(saved.ipv4, item.ipv4));
    await restoreRules(context, 'ip6tables-restore', withOpenTables(saved.ipv6, item.ipv6));
    if (before === undefined) delete record.firewall;
    else record.firewall = before;
  };
}

async function save({ processes }: Context, program: string): Promise<string> {
  const result = await processes.run([program], { timeout: RESTORE_TIMEOUT });
  if (result.code !== 0) throw new Error(`${program} failed: ${lastLine(result.stderr)}`);
  return result.stdout;
}

async function restoreRules({ processes }: Context, program: string, rules: string): Promise<void> {
  const result = await processes.run([program], { stdin: rules, timeout: RESTORE_TIMEOUT });
  if (result.code !== 0) throw new Error(`${program} refused the rules: ${lastLine(result.stderr)}`);
}

/** What stays when our rules are taken away: everything open, as before the agent came. */
const OPEN_FIREWALL: FirewallItem = {
  kind: 'firewall',
  ipv4: openTables(['raw', 'mangle', 'nat', 'filter']),
  ipv6: openTables(['filter']),
};

function openTables(tables: readonly string[]): string {
  const chains: Record<string, readonly string[]> = {
    raw: ['PREROUTING', 'OUTPUT'],
    mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
    nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
    filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  };
  return tables
    .map((table) => {
      const policies = (chains[table] ?? []).map((chain) => `:${chain} ACCEPT [0:0]\n`).join('');
      return `*${table}\n${policies}COMMIT\n`;
    })
    .join('');
}

/** The save programs leave out tables nobody has used yet; those of `loaded` must be emptied again. */
function withOpenTables(saved: string, loaded: string): string {
  const tables = [...loaded.matchAll(/^\*(\w+)$/gm)].map((match) => match[1] ?? '');
  const missing = tables.filter((table) => !new RegExp(`^\\*${table}$`, 'm').test(saved));
  return `${openTables(missing)}${saved}`;
}

function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines[lines.length - 1]?.trim() ?? 'it gave no reason';
}
