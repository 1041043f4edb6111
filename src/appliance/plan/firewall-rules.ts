// SPDX-License-Identifier: MIT
/** The rules of `firewall.rules`, in the chains that they belong to. They are asked in their order, before our own. */
import { lanDevice, type Uplink } from '../model.ts';
import {
  accept,
  counter,
  destination,
  destinationPort,
  drop,
  iifname,
  log,
  oifname,
  protocol,
  reject,
  rejectTcp,
  rule,
  source,
  withinPacketRate,
} from '../nft/build.ts';
import type { Chain, Expression, Rule } from '../nft/types.ts';
import type { Config, FirewallRuleConfig } from '../schema.ts';
import { PROTOCOL_NAMES } from './protocols.ts';

/** The box itself, in `from` and `to`. */
export const BOX = 'box';

export type UserRules = {
  readonly input: readonly Rule[];
  readonly forward: readonly Rule[];
  readonly output: readonly Rule[];
  /** Those that have rules: user_input, user_forward, user_output. */
  readonly chains: readonly Chain[];
};

type Way = 'input' | 'forward' | 'output';

export function userRules(config: Config, uplinks: readonly Uplink[]): UserRules {
  const device = (name: string): string => {
    if (name === 'lan') return lanDevice(config);
    return uplinks.find((uplink) => uplink.name === name)?.device ?? name;
  };
  const rulesOf = (way: Way): Rule[] =>
    config.firewall.rules.flatMap((one, at) => (goes(one, way) ? [ruleOf(one, at, way, device)] : []));
  const [input, forward, output] = [rulesOf('input'), rulesOf('forward'), rulesOf('output')];
  const chains = Object.entries({ input, forward, output })
    .filter(([, rules]) => rules.length > 0)
    .map(([way, rules]) => ({ name: `user_${way}`, rules }));
  return { input, forward, output, chains };
}

/** To the box, from it, or through it. Without `to`, to the box and through it. */
function goes({ from, to }: FirewallRuleConfig, way: Way): boolean {
  const fromBox = from?.includes(BOX) ?? false;
  if (way === 'output') return fromBox;
  if (way === 'input') return !isOnly(from, BOX) && (to === undefined || to.includes(BOX));
  return !isOnly(from, BOX) && !isOnly(to, BOX);
}

function isOnly(names: readonly string[] | undefined, name: string): boolean {
  return names?.every((one) => one === name) ?? false;
}

function ruleOf(one: FirewallRuleConfig, at: number, way: Way, device: (name: string) => string): Rule {
  const side = (names: readonly string[] | undefined, match: typeof iifname): readonly Expression[] => {
    const devices = (names ?? []).filter((name) => name !== BOX).map(device);
    return devices.length === 0 ? [] : match(...devices);
  };
  const made = rule(
    way === 'output' ? [] : side(one.from, iifname),
    way === 'input' ? [] : side(one.to, oifname),
    one.source === undefined ? [] : source(...one.source),
    one.destination === undefined ? [] : destination(...one.destination),
    one.protocol === undefined ? [] : protocol(PROTOCOL_NAMES[one.protocol]),
    one.ports === undefined ? [] : destinationPort(...one.ports),
    one.limit === undefined ? [] : withinPacketRate(one.limit.packets, one.limit.seconds),
    counter,
    one.log ? log(`firewall ${one.comment ?? `rule ${at + 1}`}: `) : [],
    verdict(one),
  );
  return one.comment === undefined ? made : { ...made, comment: one.comment };
}

function verdict({ action, protocol: carrier }: FirewallRuleConfig): readonly Expression[] {
  if (action === 'accept') return accept;
  if (action === 'drop') return drop;
  return carrier === 'tcp' ? rejectTcp.slice(-1) : reject;
}
