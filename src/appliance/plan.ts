// SPDX-License-Identifier: MIT
/** The plan: what a configuration means on a board with these facts, in the order in which it can be created. */

import { fouPort, keyOf } from './legs.ts';
import { isFailed, type Leg, lanDevice, type Uplink } from './model.ts';
import {
  BALANCE_PART,
  FAST_PATH_PART,
  FIREWALL_PART,
  fouPart,
  keyPart,
  LAN_PART,
  legPart,
  OVER_RATE_PART,
  portPart,
  RULE_MARKS_PART,
  rulesPart,
  SERVICES_PART,
  SETTINGS_PART,
  SPREAD_PART,
  TOGETHER_PART,
  tunnelPart,
  uplinkPart,
} from './part-names.ts';
import { balance } from './plan/balance.ts';
import { fastPath } from './plan/fast-path.ts';
import { firewall } from './plan/firewall.ts';
import {
  fouPorts,
  keys,
  lanLinks,
  legLink,
  legSettings,
  tunnelLink,
  tunnelPeer,
  udpLeg,
  uplinkPorts,
  vlanLink,
} from './plan/links.ts';
import { overRate, policer } from './plan/policer.ts';
import {
  lanRoutes,
  specificRoutesFirst,
  spreadDefault,
  tunnelLeakRoutes,
  tunnelRoutes,
  uplinkAddress,
  uplinkRoutes,
  uplinkRules,
} from './plan/routing.ts';
import { type Scene, sceneOf } from './plan/scene.ts';
import { dhcpClientService, files, services } from './plan/services.ts';
import { bufferSysctls, deviceSysctls, globalSysctls, shaper, tunnelSysctls } from './plan/settings.ts';
import { timeServerRules } from './plan/time.ts';
import { together } from './plan/together.ts';
import { legRules, ruleMarks } from './plan/tunnel-rules.ts';
import { type Facts, type Item, type Part, type Plan, planOfParts } from './plan-types.ts';
import type { Config } from './schema.ts';

/** Pure: the same configuration and facts give the same parts. The configuration must come from `parseConfig()`. */
export function plan(config: Config, facts: Facts): Plan {
  const scene = sceneOf(config, facts);
  const { uplinks, tunnels, legs } = scene;
  const parts = [
    // Before any device is up, so that no packet meets an open box; it also loads connection tracking.
    sharedPart(FIREWALL_PART, [], [firewall(config)]),
    sharedPart(SETTINGS_PART, [], settingsItems(scene)),
    sharedPart(LAN_PART, [], lanItems(scene)),
    ...uplinkPorts(scene).map((link) => part(portPart(link.name), [FIREWALL_PART], [link])),
    ...uplinks.map((uplink) =>
      part(uplinkPart(uplink.name), uplinkNeeds(config, uplink), uplinkItems(scene, uplink)),
    ),
    sharedPart(SPREAD_PART, [], spreadDefault(scene)),
    ...fouPorts(scene).map((item) => part(fouPart(item.port), [FIREWALL_PART], [item])),
    ...keys(scene).map((item) => part(keyPart(item.name), [], [item])),
    ...tunnels.map((name) => part(tunnelPart(name), tunnelNeeds(config, name), tunnelItems(scene, name))),
    // Before the legs: no packet leaves by one that it may not take.
    part(RULE_MARKS_PART, [FIREWALL_PART], ruleMarks(config)),
    ...tunnels.map((name) => part(rulesPart(name), rulesNeeds(config, name), legRules(config, name))),
    ...legs.map((leg) => part(legPart(leg.device), legNeeds(config, leg), legItems(config, leg))),
    sharedPart(BALANCE_PART, [], balance(scene)),
    part(OVER_RATE_PART, [FIREWALL_PART], overRate(scene)),
    part(TOGETHER_PART, [FIREWALL_PART], together(scene)),
    part(FAST_PATH_PART, [FIREWALL_PART], fastPath(scene)),
    sharedPart(SERVICES_PART, [], [...bufferSysctls(config), ...files(scene), ...services(scene)]),
  ];
  return planOfParts(parts.filter(({ name, shared }) => shared || !isFailed(facts, name)));
}

function part(name: string, needs: string[], items: Item[]): Part {
  return { name, needs, shared: false, items };
}

function sharedPart(name: string, needs: string[], items: Item[]): Part {
  return { name, needs, shared: true, items };
}

function settingsItems({ config }: Scene): Item[] {
  return [
    { kind: 'hostname', name: config.hostname },
    ...globalSysctls(),
    ...tunnelLeakRoutes(config),
    ...specificRoutesFirst(config),
  ];
}

function lanItems(scene: Scene): Item[] {
  const { config, hasLan } = scene;
  const device = lanDevice(config);
  return hasLan
    ? [
        ...lanLinks(scene),
        ...deviceSysctls(device, 'strict'),
        { kind: 'address', dev: device, address: config.lan.address },
        ...lanRoutes(config),
      ]
    : [];
}

/** What belongs to the uplink alone; the default routes that all share come after all uplinks. */
function uplinkItems(scene: Scene, uplink: Uplink): Item[] {
  return [
    ...vlanLink(uplink),
    ...deviceSysctls(uplink.device, 'loose'),
    ...shaper(uplink),
    ...policer(uplink),
    ...uplinkAddress(uplink),
    ...uplinkRules(scene, uplink),
    ...timeServerRules(scene, uplink),
    ...uplinkRoutes(uplink),
    ...dhcpClientService(scene.config, uplink),
  ];
}

function uplinkNeeds(config: Config, { config: { port } }: Uplink): string[] {
  return [FIREWALL_PART, config.lan.ports.includes(port) ? LAN_PART : portPart(port)];
}

function tunnelItems(scene: Scene, name: string): Item[] {
  const { config } = scene;
  const tunnel = config.tunnels[name];
  if (tunnel === undefined) return [];
  return [
    tunnelLink(config, name),
    ...deviceSysctls(name, tunnel.sources === 'any' ? 'off' : 'strict'),
    ...tunnelSysctls(name, tunnel),
    ...tunnelPeer(config, name),
    ...(tunnel.address === undefined
      ? []
      : [{ kind: 'address', dev: name, address: tunnel.address } as const]),
    ...tunnelRoutes(scene, name, tunnel),
  ];
}

function tunnelNeeds(config: Config, name: string): string[] {
  const tunnel = config.tunnels[name];
  return [FIREWALL_PART, ...(tunnel?.mode === 'plait' ? [keyPart(keyOf(name, tunnel))] : [])];
}

function rulesNeeds(config: Config, name: string): string[] {
  const isByMark = (config.tunnels[name]?.rules.length ?? 0) > 0;
  return [tunnelPart(name), ...(isByMark ? [RULE_MARKS_PART] : [])];
}

function legItems(config: Config, leg: Leg): Item[] {
  const isUdp = config.tunnels[leg.tunnel]?.mode === 'plait';
  return [isUdp ? udpLeg(config, leg) : legLink(config, leg), legSettings(config, leg)];
}

function legNeeds(config: Config, leg: Leg): string[] {
  const tunnel = config.tunnels[leg.tunnel];
  const carried = tunnel?.mode === 'fou' && leg.remote !== undefined ? [fouPart(fouPort(tunnel))] : [];
  return [tunnelPart(leg.tunnel), uplinkPart(leg.uplink.name), ...carried];
}
