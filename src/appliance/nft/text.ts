// SPDX-License-Identifier: MIT
/** Tables in the notation of nft, as `nft list` prints them. */
import { nameOf, PRIORITIES } from './names.ts';
import { ruleText } from './rule-text.ts';
import type { BaseChain, Chain, Helper, Table } from './types.ts';

export function tableText(table: Table): string {
  const blocks = [...table.helpers.map(helperText), ...table.chains.map(chainText)];
  const comment = table.comment === undefined ? '' : `\tcomment ${quoted(table.comment)}\n`;
  return `table ${table.family} ${table.name} {\n${comment}${blocks.join('\n')}}\n`;
}

function helperText({ name, type, protocol, l3proto }: Helper): string {
  return block(`ct helper ${name}`, [`type ${quoted(type)} protocol ${protocol}`, `l3proto ${l3proto}`]);
}

function chainText({ name, base, rules }: Chain): string {
  return block(`chain ${name}`, [...(base ? [hookText(base)] : []), ...rules.map(ruleText)]);
}

function hookText({ type, hook, priority, policy, device }: BaseChain): string {
  const where = device === undefined ? hook : `${hook} device ${quoted(device)}`;
  return `type ${type} hook ${where} priority ${priorityText(priority)}; policy ${policy};`;
}

/** Near a named one, as nft has it. */
function priorityText(priority: number): string {
  const named = Object.values(PRIORITIES).find((value) => Math.abs(priority - value) <= 10);
  if (named === undefined) return String(priority);
  const name = nameOf(PRIORITIES, named);
  const offset = priority - named;
  if (offset === 0) return name;
  return `${name} ${offset > 0 ? '+' : '-'} ${Math.abs(offset)}`;
}

function block(head: string, lines: readonly string[]): string {
  return `\t${head} {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`;
}

function quoted(text: string): string {
  return `"${text}"`;
}
