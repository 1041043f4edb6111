// SPDX-License-Identifier: MIT
/** From a drawing to a network: ports, devices, addresses and routes, as given or derived. */

import {
  bareIp,
  contains,
  formatPrefix,
  lastOf,
  mustIp,
  mustPrefix,
  networkOf,
  type Prefix,
} from '../../appliance/ipv4.ts';
import type { Config } from '../../appliance/schema.ts';
import { type Drawing, DrawingError, type DrawnEvent, type DrawnLink, type End } from './drawing.ts';
import { bothWays, DEFAULT_QUEUE, type LinkTraits } from './traits.ts';

/** One end of a link, complete. */
export interface NetworkEnd {
  readonly node: string;
  /** `eth1` */
  readonly port: string;
  readonly vlan?: number;
  /** The device that has the address: `eth1`, `eth1.5`. */
  readonly device: string;
  /** Absent where a box gets it by DHCP. */
  readonly address?: Prefix;
}

export interface NetworkLink {
  readonly name: string;
  /** From 1, in the order of the drawing. */
  readonly index: number;
  readonly left: NetworkEnd;
  readonly right: NetworkEnd;
  readonly traits: LinkTraits;
  /** More than a cable: it has traits, changes, or a VLAN. */
  readonly shaped: boolean;
}

export interface Route {
  /** `default`, or a network. */
  readonly to: string;
  readonly via: string;
}

export interface NetworkNode {
  readonly name: string;
  /** A box is configured by its agent; the others by the lab. */
  readonly box: boolean;
  readonly ports: readonly string[];
  readonly routes: readonly Route[];
}

export interface Network {
  readonly nodes: readonly NetworkNode[];
  readonly links: readonly NetworkLink[];
  readonly events: readonly DrawnEvent[];
}

/**
 * Completes a drawing. `boxes` are the checked configurations of the nodes that are boxes: their ends have the
 * addresses of their plait.yaml. @throws DrawingError
 */
export function networkOfDrawing(drawing: Drawing, boxes: ReadonlyMap<string, Config>): Network {
  const links = drawing.links.map((drawn, index) => completeLink(drawing, drawn, index + 1, boxes));
  const withPorts = givePorts(links, drawing.links);
  checkEvents(drawing, withPorts);
  const names = [...new Set(withPorts.flatMap(({ left, right }) => [left.node, right.node]))];
  const nodes = names.map((name): NetworkNode => {
    const ends = endsOf(withPorts, name);
    const box = boxes.has(name);
    return {
      name,
      box,
      ports: [...new Set(ends.map(({ port }) => port))],
      routes: box ? [] : routesOf(name, withPorts),
    };
  });
  for (const name of boxes.keys()) {
    if (!names.includes(name)) throw new DrawingError(1, 1, `${name} has a plait.yaml, but is not drawn`);
  }
  return { nodes, links: withPorts, events: drawing.events };
}

interface Partial {
  readonly drawn: DrawnLink;
  readonly index: number;
  readonly left?: Prefix;
  readonly right?: Prefix;
}

/** Addresses: drawn, or of a box's configuration, or beside the other end's, or of the link's own network. */
function completeLink(
  { events }: Drawing,
  drawn: DrawnLink,
  index: number,
  boxes: ReadonlyMap<string, Config>,
): Partial & { shaped: boolean } {
  if (drawn.traits.rate && drawn.traits.trace)
    throw new DrawingError(drawn.line, 1, `${drawn.name}: a rate and a delivery trace exclude each other`);
  const known = { left: addressOf(drawn, drawn.left, boxes), right: addressOf(drawn, drawn.right, boxes) };
  const shaped =
    Object.keys(drawn.traits).length > 0 ||
    drawn.left.vlan !== undefined ||
    drawn.right.vlan !== undefined ||
    events.some(({ link }) => link === drawn.name);
  const left = known.left ?? beside(known.right, gatewayOf(drawn.right, boxes));
  const right = known.right ?? beside(known.left, gatewayOf(drawn.left, boxes));
  if (left && right) {
    if (formatPrefix(networkOf(left)) !== formatPrefix(networkOf(right)) || left.ip === right.ip) {
      const both = `${formatPrefix(left)} and ${formatPrefix(right)}`;
      throw new DrawingError(drawn.line, 1, `${drawn.name}: ${both} are not two addresses of one network`);
    }
    return { drawn, index, shaped, left, right };
  }
  if (index > 255) throw new DrawingError(drawn.line, 1, 'more than 255 links; give addresses to the others');
  const own = (host: number): Prefix => ({ ip: mustIp(`10.0.${index}.${host}`), length: 24 });
  // A box that waits for a lease has no address of the lab's.
  const derived = (end: End, host: number) =>
    boxes.has(end.node) ? {} : { [host === 1 ? 'left' : 'right']: own(host) };
  return { drawn, index, shaped, ...derived(drawn.left, 1), ...derived(drawn.right, 2) };
}

function addressOf(drawn: DrawnLink, end: End, boxes: ReadonlyMap<string, Config>): Prefix | undefined {
  const config = boxes.get(end.node);
  if (!config) return end.address;
  const { lan, uplinks } = config;
  const uplink = uplinkOf(end, config);
  if (!uplink && !(end.port !== undefined && lan.ports.includes(end.port) && end.vlan === undefined)) {
    const device =
      end.port === undefined ? 'a port' : `${end.port}${end.vlan === undefined ? '' : `.${end.vlan}`}`;
    const known = [
      ...lan.ports,
      ...Object.values(uplinks).map(({ port, vlan }) => (vlan ? `${port}.${vlan}` : port)),
    ];
    throw new DrawingError(
      drawn.line,
      1,
      `${end.node}: its plait.yaml does not use ${device}; write one of ${known.map((name) => `${end.node}:${name}`).join(', ')}`,
    );
  }
  const text = uplink ? uplink.address : lan.address;
  if (text === 'dhcp') return end.address;
  const address = mustPrefix(text);
  if (end.address && formatPrefix(end.address) !== text) {
    throw new DrawingError(
      drawn.line,
      1,
      `${end.node}: drawn with ${formatPrefix(end.address)}, its plait.yaml says ${text}`,
    );
  }
  return address;
}

function uplinkOf(end: End, config: Config): Config['uplinks'][string] | undefined {
  return Object.values(config.uplinks).find(({ port, vlan }) => port === end.port && vlan === end.vlan);
}

function gatewayOf(end: End, boxes: ReadonlyMap<string, Config>): string | undefined {
  const config = boxes.get(end.node);
  return config && uplinkOf(end, config)?.gateway;
}

/** The gateway that the other end names, else the next address of its network. */
function beside(other: Prefix | undefined, gateway: string | undefined): Prefix | undefined {
  if (!other) return undefined;
  if (gateway !== undefined) return { ip: mustIp(bareIp(gateway)), length: other.length };
  const ip = other.ip + 1 < lastOf(other) ? other.ip + 1 : other.ip - 1;
  return contains(other, ip) ? { ip, length: other.length } : undefined;
}

/** Ports that were not drawn get the first names that are free at their node. */
function givePorts(
  links: readonly (Partial & { shaped: boolean })[],
  drawn: readonly DrawnLink[],
): NetworkLink[] {
  const taken = new Map<string, Set<string>>();
  const portsOf = (node: string) => {
    const known = taken.get(node) ?? new Set();
    taken.set(node, known);
    return known;
  };
  for (const { left, right, line } of drawn) {
    for (const end of [left, right]) {
      if (end.port === undefined) continue;
      const device = end.vlan === undefined ? end.port : `${end.port}.${end.vlan}`;
      if (portsOf(end.node).has(device))
        throw new DrawingError(line, 1, `${end.node}: ${device} is drawn twice`);
      portsOf(end.node).add(device);
    }
  }
  for (const [node, devices] of taken) checkTrunks(node, devices, drawn);
  const complete = (end: End, address: Prefix | undefined): NetworkEnd => {
    const port = end.port ?? freePort(portsOf(end.node));
    return {
      node: end.node,
      port,
      ...(end.vlan === undefined ? {} : { vlan: end.vlan }),
      device: end.vlan === undefined ? port : `${port}.${end.vlan}`,
      ...(address ? { address } : {}),
    };
  };
  return links.map(({ drawn: { name, left, right, traits }, index, shaped, ...addresses }) => ({
    name,
    index,
    shaped,
    traits: withDefaults(traits),
    left: complete(left, addresses.left),
    right: complete(right, addresses.right),
  }));
}

/** A port that carries VLANs leads to a switch, which knows no untagged cable beside them. */
function checkTrunks(node: string, devices: ReadonlySet<string>, drawn: readonly DrawnLink[]): void {
  for (const device of devices) {
    const port = device.split('.')[0] ?? device;
    if (device === port || !devices.has(port)) continue;
    const line = drawn.find((link) =>
      [link.left, link.right].some((end) => end.node === node && end.port === port),
    );
    throw new DrawingError(line?.line ?? 1, 1, `${node}: ${port} is drawn with VLANs and without`);
  }
}

function freePort(taken: Set<string>): string {
  for (let number = 0; ; number++) {
    const port = `eth${number}`;
    if ([...taken].some((device) => device.split('.')[0] === port)) continue;
    taken.add(port);
    return port;
  }
}

function withDefaults(traits: LinkTraits): LinkTraits {
  const queues = traits.rate || traits.trace;
  return queues && !traits.queue ? { ...traits, queue: bothWays(DEFAULT_QUEUE) } : traits;
}

function checkEvents({ events, links: drawn }: Drawing, links: readonly NetworkLink[]): void {
  for (const { link: name, change } of events) {
    const link = links.find((one) => one.name === name);
    const line = drawn.find((one) => one.name === name)?.line ?? 1;
    if (!link) continue;
    if ((change === 'down' || change === 'up') && (link.left.vlan ?? link.right.vlan) !== undefined) {
      throw new DrawingError(line, 1, `${name}: a VLAN has no carrier of its own; write cut and mend`);
    }
    if (typeof change === 'string') continue;
    if (change.rate && !link.traits.rate)
      throw new DrawingError(line, 1, `${name} has no rate that could change`);
    if (change.trace) throw new DrawingError(line, 1, `${name}: a delivery trace cannot change`);
    if (change.queue && link.traits.trace)
      throw new DrawingError(line, 1, `${name}: the queue before a delivery trace cannot change`);
    if (change.mtu !== undefined) throw new DrawingError(line, 1, `${name}: the MTU cannot change`);
  }
}

export function endsOf(links: readonly NetworkLink[], node: string): NetworkEnd[] {
  return links.flatMap(({ left, right }) => [left, right]).filter((end) => end.node === node);
}

/** Routes by the fewest hops, the first drawn among equals; a node with one neighbour sends everything there. */
function routesOf(node: string, links: readonly NetworkLink[]): Route[] {
  const neighbours = neighboursOf(node, links);
  const [only] = neighbours;
  if (neighbours.length === 1 && only?.via) return [{ to: 'default', via: only.via }];
  const first = firstHops(node, links);
  const local = new Set(endsOf(links, node).map(networkText));
  const routes = new Map<string, string>();
  for (const [other, via] of first) {
    for (const end of endsOf(links, other)) {
      const network = networkText(end);
      if (network !== undefined && !local.has(network) && !routes.has(network)) routes.set(network, via);
    }
  }
  return [...routes].map(([to, via]) => ({ to, via }));
}

/** For every other node, nearest first: the address of the neighbour by which it is reached. */
function firstHops(node: string, links: readonly NetworkLink[]): Map<string, string> {
  const found = new Map<string, string>();
  let edge = neighboursOf(node, links).flatMap(({ name, via }) => (via === undefined ? [] : [{ name, via }]));
  while (edge.length > 0) {
    const fresh = edge.filter(({ name }, index) => {
      const known = found.has(name) || name === node || edge.findIndex((one) => one.name === name) < index;
      return !known;
    });
    for (const { name, via } of fresh) found.set(name, via);
    edge = fresh.flatMap(({ name, via }) =>
      neighboursOf(name, links).map((next) => ({ name: next.name, via })),
    );
    edge = edge.filter(({ name }) => name !== node && !found.has(name));
  }
  return found;
}

function neighboursOf(
  node: string,
  links: readonly NetworkLink[],
): { name: string; via: string | undefined }[] {
  return links.flatMap(({ left, right }) => {
    const other = left.node === node ? right : right.node === node ? left : undefined;
    return other ? [{ name: other.node, via: other.address && bareIp(formatPrefix(other.address)) }] : [];
  });
}

function networkText(end: NetworkEnd): string | undefined {
  return end.address && formatPrefix(networkOf(end.address));
}
