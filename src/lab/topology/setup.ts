// SPDX-License-Identifier: MIT
/**
 * A network as commands for the guest: a network namespace for each node, and one called `wire` in which all links
 * are, so that nodes see nothing of a link but its end, as with a modem. In `wire`, a shaped link is
 *
 *   left node ── l1a ┄┄ m1a ══ m1b ┄┄ l1b ── right node          ┄┄ packets handed over (mirred)
 *
 * From left to right packets wait for the rate in m1a (HTB, then a queue counted in packets) and travel in l1b (netem:
 * delay, jitter, loss); from right to left in m1b and l1a. A port with VLANs is cabled to `wire`, which acts as its switch.
 * With a delivery trace instead of a rate, m1a and m1b are TAP devices, between which guest/trace-line.c carries packets.
 */
import { createHash } from 'node:crypto';
import { formatPrefix } from '../../appliance/ipv4.ts';
import type { Change } from './drawing.ts';
import type { Network, NetworkEnd, NetworkLink, NetworkNode } from './network.ts';
import { type BothWays, bothWays, type LinkTraits } from './traits.ts';

/** The namespace that holds the links. */
export const WIRE = 'wire';

/** Frames on a link: IPv4 or IPv6 packet and Ethernet header. */
const ETHERNET_HEADER = 14;
const NORMAL_MTU = 1500;

/** Lines of a shell script that builds the network. `seed` decides about every link's losses and jitter. */
export function setupScript(network: Network, seed: number): string[] {
  const { nodes, links } = network;
  const trunks = trunksOf(network);
  return [
    ...[WIRE, ...nodes.map(({ name }) => name)].map((name) => `ip netns add ${name}`),
    `plain_node ${WIRE} 0`,
    ...batch('ip', undefined, [...cables(links), ...trunks.map(trunkCable)]),
    ...batch('ip', WIRE, wireDevices(links, trunks)),
    ...batch(
      'tc',
      WIRE,
      links.filter(({ shaped }) => shaped).flatMap((link) => linkQdiscs(link, trunks, seed)),
    ),
    ...nodes.flatMap((node) => nodeScript(node, links)),
  ];
}

/** Lines of a shell script that make a change of a link, in the namespace of the links. */
export function changeScript(network: Network, name: string, before: LinkTraits, change: Change): string[] {
  const link = network.links.find((one) => one.name === name);
  if (!link) throw new Error(`no link ${name}`);
  const sides = wireSides(link, trunksOf(network));
  const both = [sides.left, sides.right];
  switch (change) {
    case 'down':
    case 'up':
      return batch(
        'ip',
        WIRE,
        both.map((device) => `link set ${device} ${change}`),
      );
    case 'cut':
      return batch(
        'tc',
        WIRE,
        both.map((device) => `filter add dev ${device} ingress pref 1 matchall action drop`),
      );
    case 'mend':
      return batch(
        'tc',
        WIRE,
        both.map((device) => `filter del dev ${device} ingress pref 1`),
      );
    default:
      return batch('tc', WIRE, traitChanges(link, sides, { ...before, ...change }));
  }
}

/** Lines of a shell script that start the lines with a delivery trace; files as `deliveryTraceFile` names them, below /lab. */
export function traceLinesScript({ links }: Network): string[] {
  return links.flatMap((link) => {
    const { name, traits } = link;
    if (!traits.trace || !traits.queue) return [];
    const ways = (['right', 'left'] as const).map(
      (way) => `${traits.queue?.[way]} /lab/${deliveryTraceFile(link, way)}`,
    );
    return [`trace_line ${name} ${middleDevices(link).join(' ')} ${ways.join(' ')}`];
  });
}

/** Where a link's delivery trace lies in the run's folder. */
export function deliveryTraceFile({ index }: Pick<NetworkLink, 'index'>, way: keyof BothWays): string {
  return `delivery-traces/${index}.${way}`;
}

/** The device in `wire` at an end of a link, for a capture. */
export function captureDevice(
  network: Network,
  name: string,
): { namespace: string; device: string } | undefined {
  const link = network.links.find((one) => one.name === name);
  if (!link) return undefined;
  if (!link.shaped) return { namespace: link.right.node, device: link.right.device };
  return { namespace: WIRE, device: wireSides(link, trunksOf(network)).right };
}

interface Trunk {
  readonly node: string;
  readonly port: string;
  /** Its device in `wire`. */
  readonly device: string;
}

function trunksOf({ links }: Network): Trunk[] {
  const tagged = links.flatMap(({ left, right }) => [left, right]).filter(({ vlan }) => vlan !== undefined);
  const keys = [...new Set(tagged.map(({ node, port }) => `${node}:${port}`))];
  return keys.map((key, index) => {
    const [node = '', port = ''] = key.split(':');
    return { node, port, device: `t${index + 1}` };
  });
}

function trunkCable({ node, port, device }: Trunk): string {
  return `link add ${device} netns ${WIRE} type veth peer name ${port} netns ${node}`;
}

/** Addresses of the network cards are the same in every run, and say where they belong. */
function mac(index: number, side: 'left' | 'right'): string {
  const byte = (value: number) => value.toString(16).padStart(2, '0');
  return `02:00:00:${byte(index >> 8)}:${byte(index & 255)}:${side === 'left' ? '0a' : '0b'}`;
}

function cables(links: readonly NetworkLink[]): string[] {
  return links.flatMap(({ index, left, right, shaped, traits }) => {
    const end = ({ port, node }: NetworkEnd, side: 'left' | 'right') =>
      `${port} netns ${node} address ${mac(index, side)}`;
    if (!shaped) return [`link add ${end(left, 'left')} type veth peer name ${end(right, 'right')}`];
    const toWire = (device: string, one: NetworkEnd, side: 'left' | 'right') =>
      one.vlan === undefined
        ? [`link add ${device} netns ${WIRE} type veth peer name ${end(one, side)}`]
        : [];
    const middle = traits.rate
      ? [`link add m${index}a netns ${WIRE} type veth peer name m${index}b netns ${WIRE}`]
      : [];
    return [...toWire(`l${index}a`, left, 'left'), ...toWire(`l${index}b`, right, 'right'), ...middle];
  });
}

/** The devices in `wire` at both ends of a link. */
function wireSides(
  { index, left, right }: NetworkLink,
  trunks: readonly Trunk[],
): { left: string; right: string } {
  const side = ({ node, port, vlan }: NetworkEnd, letter: string) => {
    const trunk = trunks.find((one) => one.node === node && one.port === port);
    return vlan === undefined ? `l${index}${letter}` : `${trunk?.device}.${vlan}`;
  };
  return { left: side(left, 'a'), right: side(right, 'b') };
}

function wireDevices(links: readonly NetworkLink[], trunks: readonly Trunk[]): string[] {
  const shaped = links.filter((link) => link.shaped);
  return [
    ...trunks.map(({ device }) => `link set ${device} up`),
    ...shaped.flatMap((link) => {
      const { left, right } = wireSides(link, trunks);
      const mtu = Math.max(NORMAL_MTU, link.traits.mtu ?? 0);
      const tagged = [
        { device: left, end: link.left },
        { device: right, end: link.right },
      ].filter(({ end }) => end.vlan !== undefined);
      const middle = middleDevices(link);
      const taps = link.traits.trace ? middle : [];
      return [
        ...taps.map((device) => `tuntap add dev ${device} mode tap`),
        ...tagged.map(
          ({ device, end }) =>
            `link add link ${device.split('.')[0]} name ${device} type vlan id ${end.vlan}`,
        ),
        ...[left, right, ...middle].map((device) => `link set ${device} mtu ${mtu} up`),
      ];
    }),
  ];
}

/** The devices in the middle of a link, where packets wait; none where they wait for nothing. */
function middleDevices({ index, traits }: NetworkLink): string[] {
  return traits.rate || traits.trace ? [`m${index}a`, `m${index}b`] : [];
}

function linkQdiscs(link: NetworkLink, trunks: readonly Trunk[], seed: number): string[] {
  const { left, right } = wireSides(link, trunks);
  const [near = right, far = left] = middleDevices(link);
  const handOver = (from: string, to: string) =>
    `filter add dev ${from} ingress pref 10 matchall action mirred egress redirect dev ${to}`;
  return [
    ...[left, right].map((device) => `qdisc add dev ${device} ingress`),
    handOver(left, near),
    handOver(right, far),
    ...(near === right ? [] : middleQdiscs(link, { left, right }, handOver)),
    `qdisc add dev ${right} root ${netem(link, 'right', seed)}`,
    `qdisc add dev ${left} root ${netem(link, 'left', seed)}`,
  ];
}

function middleQdiscs(
  { index, traits }: NetworkLink,
  sides: { left: string; right: string },
  handOver: (from: string, to: string) => string,
): string[] {
  const [a, b] = [`m${index}a`, `m${index}b`];
  const directions = [
    { device: a, way: 'right' as const, peer: b, to: sides.right },
    { device: b, way: 'left' as const, peer: a, to: sides.left },
  ];
  return directions.flatMap(({ device, way, peer, to }) => [
    `qdisc add dev ${peer} ingress`,
    handOver(peer, to),
    ...(traits.rate ? rateQdiscs(device, traits, way) : []),
  ]);
}

function rateQdiscs(device: string, traits: LinkTraits, way: keyof BothWays): string[] {
  return [
    `qdisc add dev ${device} root handle 1: htb default 1`,
    `class add dev ${device} parent 1: classid 1:1 ${htb(traits, way)}`,
    `qdisc add dev ${device} parent 1:1 handle 10: pfifo limit ${traits.queue?.[way]}`,
  ];
}

function htb({ rate, mtu = NORMAL_MTU }: LinkTraits, way: keyof BothWays): string {
  const frame = mtu + ETHERNET_HEADER;
  return `htb rate ${rate?.[way]}bit ceil ${rate?.[way]}bit burst ${frame} cburst ${frame} quantum ${frame}`;
}

/** netem counts packets on their way: enough for any link of an experiment, the queue is limited before. */
const IN_FLIGHT = 1_000_000;
/** A rate, however high, makes netem keep packets in order. */
const IN_ORDER = 'rate 1000gbit';

function netem({ name, traits }: NetworkLink, way: keyof BothWays, seed?: number): string {
  const { delay = bothWays(0), jitter, loss, reorder } = traits;
  return [
    `netem limit ${IN_FLIGHT} delay ${microseconds(delay[way])}`,
    ...(jitter ? [microseconds(jitter[way])] : []),
    ...(jitter && !reorder ? [IN_ORDER] : []),
    ...(loss?.[way] ? [`loss random ${(loss[way] * 100).toFixed(6)}%`] : []),
    ...(seed === undefined ? [] : [`seed ${linkSeed(seed, name, way)}`]),
  ].join(' ');
}

function microseconds(milliseconds: number): string {
  return `${Math.round(milliseconds * 1000)}us`;
}

/** Each direction of each link has randomness of its own: what happens on one does not change another's. */
function linkSeed(seed: number, link: string, way: string): number {
  const hash = createHash('sha256').update(`${seed} ${link} ${way}`).digest();
  return hash.readUInt32LE(0) + 1;
}

function traitChanges(
  link: NetworkLink,
  sides: { left: string; right: string },
  traits: LinkTraits,
): string[] {
  const changed = { ...link, traits };
  const { index } = link;
  const rates = [
    { device: `m${index}a`, way: 'right' as const },
    { device: `m${index}b`, way: 'left' as const },
  ].flatMap(({ device, way }) => [
    `class change dev ${device} parent 1: classid 1:1 ${htb(traits, way)}`,
    `qdisc change dev ${device} parent 1:1 handle 10: pfifo limit ${traits.queue?.[way]}`,
  ]);
  return [
    ...(traits.rate ? rates : []),
    `qdisc change dev ${sides.right} root ${netem(changed, 'right')}`,
    `qdisc change dev ${sides.left} root ${netem(changed, 'left')}`,
  ];
}

function nodeScript({ name, box, ports, routes }: NetworkNode, links: readonly NetworkLink[]): string[] {
  const ends = links.flatMap((link) => [link.left, link.right].map((end) => ({ end, traits: link.traits })));
  const own = ends.filter(({ end }) => end.node === name);
  const tagged = box ? [] : own.filter(({ end }) => end.vlan !== undefined);
  const lines = [
    'link set lo up',
    ...own.flatMap(({ end, traits }) =>
      traits.mtu === undefined ? [] : [`link set ${end.port} mtu ${traits.mtu}`],
    ),
    ...ports.map((port) => `link set ${port} up`),
    ...tagged.map(({ end }) => `link add link ${end.port} name ${end.device} type vlan id ${end.vlan}`),
    ...tagged.map(({ end }) => `link set ${end.device} up`),
    ...(box ? [] : own.flatMap(({ end }) => address(end))),
    ...routes.map(({ to, via }) => `route add ${to} via ${via}`),
  ];
  // As network cards without offloads: what is on a link are frames with their checksums.
  const offloads = ports.map(
    (port) => `in_node ${name} ethtool -K ${port} tso off gso off tx off >/dev/null`,
  );
  const settings = box ? [] : [`plain_node ${name} ${own.length > 1 ? 1 : 0}`];
  return [...settings, ...offloads, ...batch('ip', name, lines)];
}

function address({ address, device }: NetworkEnd): string[] {
  return address === undefined ? [] : [`address add ${formatPrefix(address)} dev ${device}`];
}

/** Many commands by one process. */
function batch(program: 'ip' | 'tc', namespace: string | undefined, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const where = namespace === undefined ? '' : `-n ${namespace} `;
  return [`${program} ${where}-batch - <<'END'`, ...lines, 'END'];
}
