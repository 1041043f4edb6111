// SPDX-License-Identifier: MIT
/**
 * A plan as text for people: a heading for each part, one line an item, texts of files and rule sets indented below
 * theirs.
 */
import { keyFile } from './keys.ts';
import { tableText } from './nft/text.ts';
import type {
  BalanceItem,
  Item,
  LegRulesItem,
  LinkType,
  Part,
  Plan,
  RouteItem,
  RuleItem,
} from './plan-types.ts';

/** Secrets (password hashes) are left out. */
export function renderPlan(plan: Plan): string {
  return plan.parts
    .map((part) => `${heading(part)}\n${part.items.map((item) => `${renderItem(item)}\n`).join('')}`)
    .join('\n');
}

function heading({ name, needs, shared }: Part): string {
  const after = needs.length === 0 ? '' : `, needs ${needs.join(', ')}`;
  return `[${name}${shared ? '' : after}]`;
}

export function renderItem(item: Item): string {
  switch (item.kind) {
    case 'sysctl':
      return `sysctl ${item.path} = ${item.value}`;
    case 'hostname':
      return `hostname ${item.name}`;
    case 'link':
      return words(
        'link',
        item.name,
        linkType(item.type),
        option('mtu', item.mtu),
        option('master', item.master),
      );
    case 'fou':
      return `fou port ${item.port} carries IP in IP`;
    case 'key':
      return `key ${keyFile(item.name)}`;
    case 'peer':
      return words(
        `peer of ${item.link} ${item.peer}`,
        option('key', item.key),
        option('preshared', item.preshared),
        option('listen', item.listen),
        item.protect,
      );
    case 'udp-leg':
      return words(
        `udp leg ${item.name} of ${item.link} number ${item.number}`,
        `by ${item.uplink} ${item.local} -> ${item.remote}:${item.port}`,
        `keepalive ${item.keepalive} ms`,
      );
    case 'qdisc':
      return `qdisc ${item.dev} rate ${item.rate} bit/s burst ${item.burst}`;
    case 'address':
      return words('address', item.address, option('peer', item.peer), option('dev', item.dev));
    case 'route':
      return route(item);
    case 'rule':
      return rule(item);
    case 'leg':
      return words(
        `leg ${item.dev} of ${item.link} weight ${item.weight}`,
        option('rate', item.rate || undefined),
        option('priority', item.priority),
        item.enabled ? 'enabled' : 'disabled',
      );
    case 'leg-rules':
      return legRules(item);
    case 'balance':
      return balance(item);
    case 'fast-path':
      return `fast path between ${item.devices.join(', ')} but for mark ${hex(item.dropMark)}`;
    case 'table':
      return tableText(item.table).trimEnd();
    case 'file':
      return `file ${item.path} mode ${item.mode.toString(8)}${indented(withoutHashes(item.content))}`;
    case 'service':
      return words('service', `${item.name}:`, ...item.argv.map(quoted));
  }
}

function linkType(type: LinkType): string {
  switch (type.is) {
    case 'physical':
    case 'bridge':
      return type.is;
    case 'plait':
      return words('plait', option('MTU up to', type.mtuLimit || undefined));
    case 'direct':
      return `direct by ${type.parent}`;
    case 'vlan':
      return `vlan ${type.id} on ${type.parent}`;
    case 'ipip': {
      const fou = type.fou && `in udp ${type.fou.sport}:${type.fou.dport}`;
      return words('ipip', type.local, '->', type.remote, 'by', type.parent, option('ttl', type.ttl), fou);
    }
  }
}

function route(item: RouteItem): string {
  const hops = item.nexthops?.map((hop) =>
    words('nexthop', option('via', hop.via), option('dev', hop.dev), option('weight', hop.weight)),
  );
  return words(
    'route',
    item.type,
    item.dst,
    option('via', item.via),
    option('dev', item.dev),
    option('src', item.src),
    option('scope', item.scope),
    option('metric', item.metric),
    `table ${item.table}`,
    ...(hops ?? []),
  );
}

function rule(item: RuleItem): string {
  const { mark } = item;
  return words(
    `rule ${item.priority}:`,
    option('from', item.from),
    option('to', item.to),
    option('iif', item.iif),
    mark && `mark ${hex(mark.value)}/${hex(mark.mask)}`,
    `table ${item.table}`,
    option('suppress prefixes up to', item.suppressPrefixLength),
  );
}

function legRules({ link, mask, rules }: LegRulesItem): string {
  const lines = rules.map((one) =>
    words(
      `mark ${hex(one.mark)}:`,
      one.legs === undefined ? 'all legs' : `legs ${one.legs.join(' and ')} else ${one.else}`,
      one.order ? undefined : 'in no order',
      one.copies === 1 ? undefined : `${one.copies} copies`,
    ),
  );
  return `leg rules of ${link} by marks ${hex(mask)}${indented(lines.join('\n'))}`;
}

function balance(item: BalanceItem): string {
  const uplinks = item.uplinks.map((uplink) =>
    words(
      `${uplink.dev} mark ${hex(uplink.mark)} weight ${uplink.weight}`,
      option('up', uplink.rateUp || undefined),
      option('down', uplink.rateDown || undefined),
      uplink.nat ? 'NAT' : undefined,
      uplink.alive ? 'alive' : 'not in use',
    ),
  );
  const line = words(
    `balance ${item.strategy} marks ${hex(item.mask)} sessions of dead uplinks ${item.deadSessions}`,
    option('from', item.inputs?.join(' and ')),
    item.local ? 'and local' : undefined,
    item.excludes.length > 0 ? `except ${item.excludes.join(' and ')}` : undefined,
  );
  return line + indented(uplinks.join('\n'));
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function option(name: string, value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : `${name} ${value}`;
}

function words(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(' ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word);
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : `\n    ${line}`))
    .join('');
}

function withoutHashes(text: string): string {
  return text.replace(/^(\w+):\$[^:]*:/gm, '$1:(not shown):');
}
