// SPDX-License-Identifier: MIT
/** What firewall rules and port forwards need of the rest of the configuration, and of themselves. */
import { contains, mustIp, mustPrefix, networkOf } from '../ipv4.ts';
import { BOX } from '../plan/firewall-rules.ts';
import type { Config, FirewallRuleConfig } from '../schema.ts';
import type { Path, Report } from './report.ts';

export function checkFirewall(config: Config, report: Report): void {
  const { rules, forwards, helpers } = config.firewall;
  for (const [index, rule] of rules.entries()) checkRule(config, ['firewall', 'rules', index], rule, report);
  for (const [index] of forwards.entries()) checkForward(config, index, report);
  helpers.forEach((name, index) => {
    if (helpers.indexOf(name) !== index)
      report(['firewall', 'helpers', index], name, 'is named twice', 'remove one of the two');
  });
}

function checkRule(config: Config, path: Path, rule: FirewallRuleConfig, report: Report): void {
  const sides = ['lan', BOX, ...Object.keys(config.uplinks), ...Object.keys(config.tunnels)];
  for (const side of ['from', 'to'] as const) {
    checkNames([...path, side], rule[side], sides, 'is neither lan, box, an uplink nor a tunnel', report);
    if (rule[side]?.includes(BOX) && rule[side].length > 1)
      report(
        [...path, side],
        rule[side],
        'names box and others',
        'write a rule for box and one for the others',
      );
  }
  if (rule.from?.includes(BOX) && rule.to?.includes(BOX))
    report([...path, 'to'], rule.to, 'is where the packets come from', 'remove from or to');
  if (rule.ports !== undefined && rule.protocol !== 'tcp' && rule.protocol !== 'udp')
    report(
      [...path, 'ports'],
      rule.protocol,
      'has ports without tcp or udp',
      'add protocol: tcp or protocol: udp',
    );
  checkFamilies(path, rule, report);
}

/** A packet is of one family, so a rule that names both would match nothing. */
function checkFamilies(path: Path, rule: FirewallRuleConfig, report: Report): void {
  const families = new Set([...(rule.source ?? []), ...(rule.destination ?? [])].map(({ family }) => family));
  const byProtocol = { icmp: 'ipv4', icmpv6: 'ipv6' } as const;
  if (rule.protocol === 'icmp' || rule.protocol === 'icmpv6') families.add(byProtocol[rule.protocol]);
  if (families.size > 1) {
    const at = rule.source === undefined ? 'destination' : 'source';
    report([...path, at], undefined, 'is of IPv4 and of IPv6', 'write a rule for each of the two');
  }
}

function checkForward(config: Config, index: number, report: Report): void {
  const path = ['firewall', 'forwards', index];
  const forward = config.firewall.forwards[index];
  if (forward === undefined) return;
  const uplinks = Object.keys(config.uplinks);
  checkNames([...path, 'from'], forward.from, uplinks, 'is not an uplink', report);
  if (uplinks.length === 0) report(path, forward.to, 'has no uplink to come from', 'add an uplink');
  const lan = networkOf(mustPrefix(config.lan.address));
  if (!contains(lan, mustIp(forward.to)))
    report([...path, 'to'], forward.to, 'is not an address of the LAN', `write one of ${config.lan.address}`);
  const range = forward.port.to > forward.port.from;
  if (range && forward['to-port'] !== undefined)
    report(
      [...path, 'to-port'],
      forward['to-port'],
      'is one port for several',
      'remove it: ports stay as they are',
    );
  const earlier = config.firewall.forwards.findIndex(
    (other, at) =>
      at < index &&
      other.protocol === forward.protocol &&
      other.port.from <= forward.port.to &&
      forward.port.from <= other.port.to &&
      (other.from ?? uplinks).some((name) => (forward.from ?? uplinks).includes(name)),
  );
  if (earlier >= 0)
    report(
      [...path, 'port'],
      undefined,
      `is forwarded by entry ${earlier + 1} already`,
      'remove one of the two',
    );
}

function checkNames(
  path: Path,
  names: readonly string[] | undefined,
  known: readonly string[],
  message: string,
  report: Report,
): void {
  names?.forEach((name, index) => {
    if (!known.includes(name)) report([...path, index], name, message, `write ${known.join(' or ')}`);
    else if (names.indexOf(name) !== index)
      report([...path, index], name, 'is named twice', 'remove one of the two');
  });
}
