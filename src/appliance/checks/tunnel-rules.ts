// SPDX-License-Identifier: MIT
/** Rules of tunnels: what they can tell packets by, what they can do, and which of them do something. */
import { isHeardLeg, legsOf, MOST_LEGS, schedulerOf } from '../legs.ts';
import type { Config, TunnelConfig, TunnelRuleConfig } from '../schema.ts';
import { covers, familiesOf, matchText } from '../tunnel-rules.ts';
import type { Path, Report } from './report.ts';

/** What the far end must do its part of. */
const PLAIT_EFFECTS = ['order', 'copies'] as const;

export function checkTunnelRules(config: Config, name: string, tunnel: TunnelConfig, report: Report): void {
  const path = ['tunnels', name];
  if (tunnel.scheduler === 'duplicate' && tunnel.mode !== 'plait') {
    const message = 'is only for mode plait, whose far end gives on one of two copies';
    report([...path, 'scheduler'], tunnel.scheduler, message, 'write another, or mode: plait');
  }
  tunnel.rules.forEach((rule, index) => {
    const at = [...path, 'rules', index];
    checkMatch(at, rule, report);
    checkEffect(at, tunnel, rule, report);
    checkLegs(at, config, name, rule, report);
    const earlier = tunnel.rules.slice(0, index).findIndex((other) => covers(other, rule));
    if (earlier >= 0 && matchText(rule) !== '') {
      const message = `never fits: rule ${earlier + 1} takes all of its packets`;
      report(at, matchText(rule), message, 'put it before that one, or remove one of the two');
    }
  });
}

/** Rules that seldom do what they say. */
export function checkWaitingLegs(config: Config, report: Report): void {
  for (const [name, tunnel] of Object.entries(config.tunnels)) {
    if (schedulerOf(tunnel) === 'backup') continue;
    const legs = legsOf(config, name);
    const waits = (leg: string) => {
      const uplink = legs.find((one) => one.name === leg)?.uplink ?? '';
      return config.uplinks[uplink]?.backup === true;
    };
    if (legs.every((leg) => waits(leg.name))) continue;
    tunnel.rules.forEach(({ leg: named }, index) => {
      if (named === undefined || !named.every(waits)) return;
      const message = 'names legs by backup uplinks only, which carry nothing while another leg lives';
      const remedy = 'its packets are treated by "else" until then';
      report(['tunnels', name, 'rules', index, 'leg'], named.join(', '), message, remedy);
    });
  }
}

function checkMatch(path: Path, rule: TunnelRuleConfig, report: Report): void {
  if (matchText(rule) === '') {
    const remedy = 'add to, from, protocol or dscp; how all packets are sent, scheduler says';
    report(path, rule, 'does not say for which packets it is', remedy);
  }
  if (rule.ports !== undefined && rule.protocol !== 'tcp' && rule.protocol !== 'udp') {
    const remedy = 'add protocol: tcp or protocol: udp';
    report([...path, 'ports'], rule.protocol, 'has ports without tcp or udp', remedy);
  }
  if (familiesOf(rule).length === 0) {
    const at = rule.to === undefined ? 'from' : 'to';
    report([...path, at], undefined, 'is of IPv4 and of IPv6', 'write a rule for each of the two');
  }
}

function checkEffect(path: Path, { mode }: TunnelConfig, rule: TunnelRuleConfig, report: Report): void {
  const effects = PLAIT_EFFECTS.filter((key) => rule[key] !== undefined);
  if (mode !== 'plait') {
    for (const key of effects)
      report([...path, key], rule[key], 'is only for mode plait', 'remove it, or write mode: plait');
  }
  if (rule.leg === undefined && effects.length === 0) {
    const remedy = mode === 'plait' ? 'add leg, copies or order' : 'add leg';
    report(path, matchText(rule), 'says nothing of how its packets are sent', remedy);
  }
  if (rule.leg === undefined && rule.else !== undefined)
    report([...path, 'else'], rule.else, 'is for a rule with leg', 'add leg, or remove it');
}

function checkLegs(path: Path, config: Config, name: string, rule: TunnelRuleConfig, report: Report): void {
  const listens = config.tunnels[name]?.listen !== undefined;
  const known = legsOf(config, name).map((leg) => leg.name);
  // That is another problem.
  if (known.length === 0 && !listens) return;
  rule.leg?.forEach((leg, index, all) => {
    const at = [...path, 'leg'];
    if (all.indexOf(leg) !== index) report(at, leg, 'is named twice', 'remove one of the two');
    else if (listens ? !isHeardLeg(leg) : !known.includes(leg))
      report(at, leg, 'is no leg of this tunnel', listens ? HEARD_LEGS : `the legs are: ${known.join(', ')}`);
  });
}

const HEARD_LEGS = `write leg0 for the first leg of the far end's remote, leg1 for the second, up to leg${MOST_LEGS - 1}`;
