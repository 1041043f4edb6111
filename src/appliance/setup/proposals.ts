// SPDX-License-Identifier: MIT
/** What Enter alone means: what was before, else what was found on the board. */
import { firstOf, formatIp, lastOf, overlaps, type Prefix, parsePrefix } from '../ipv4.ts';
import { type Answers, NONE, type PortFacts, type SetupFacts, uplinkId } from './answers.ts';
import { type Base, mapping, words } from './base.ts';

const FIRST_CHOICE = '192.168.1.1/24';
const SECOND_CHOICE = '192.168.50.1/24';
const MOST_HOSTS = 100;

export function proposedHostname({ ports }: SetupFacts, base: Base | undefined): string {
  const before = words(base?.document.hostname);
  const tail = ports[0]?.mac?.replace(/[^0-9a-f]/gi, '').slice(-6);
  return before ?? (tail?.length === 6 ? `plait-${tail.toLowerCase()}` : 'plait');
}

export function proposedLanPorts({ ports }: SetupFacts, base: Base | undefined): string {
  const before = words(mapping(base?.document.lan).ports);
  return before ?? ports[0]?.name ?? 'eth0';
}

/** Not the subnet that a provider's box serves already: 192.168.1.0/24 is that of many. */
export function proposedLanAddress({ ports }: SetupFacts, base: Base | undefined): string {
  const before = words(mapping(base?.document.lan).address);
  if (before !== undefined) return before;
  const wanted = parsePrefix(FIRST_CHOICE);
  const offered = ports.flatMap(({ heard }) =>
    heard.flatMap((one) => (one.what === 'dhcp' && one.address ? [parsePrefix(one.address)] : [])),
  );
  return offered.some((prefix) => prefix && wanted && overlaps(prefix, wanted))
    ? SECOND_CHOICE
    : FIRST_CHOICE;
}

/** What was before, as long as the subnet is the same; else up to 100 addresses beside the box's own. */
export function proposedRange(address: string, base: Base | undefined): string {
  const { address: addressBefore, dhcp } = mapping(base?.document.lan);
  if (base !== undefined && addressBefore === address) return words(mapping(dhcp).range) ?? NONE;
  const prefix = parsePrefix(address);
  if (prefix === undefined || (base !== undefined && dhcp === undefined)) return NONE;
  return rangeBeside(prefix);
}

function rangeBeside(prefix: Prefix): string {
  const lowest = firstOf(prefix) + 1;
  const highest = lastOf(prefix) - 1;
  const above = prefix.ip - lowest <= highest - prefix.ip;
  const [from, to] = above ? [prefix.ip + 1, highest] : [lowest, prefix.ip - 1];
  if (from > to) return NONE;
  // In a /24 with the box at .1: .100 to .199, as people are used to.
  const usual = lowest + MOST_HOSTS - 1;
  const start = usual >= from && usual + MOST_HOSTS - 1 <= to ? usual : from;
  return `${formatIp(start)}-${formatIp(Math.min(to, start + MOST_HOSTS - 1))}`;
}

/** The port of the nth uplink: of the ports that nobody uses yet, the one that looks most like a line to the world. */
export function proposedUplinkPort(
  number: number,
  answers: Answers,
  facts: SetupFacts,
  base: Base | undefined,
): string {
  const before = mapping(base?.uplinks[number - 1]?.document);
  const port = words(before.port);
  if (port !== undefined) return before.vlan === undefined ? port : `${port}.${before.vlan}`;
  if (base !== undefined) return NONE;
  const [best] = freePlaces(answers, facts);
  const needed = number === 1;
  return best !== undefined && (needed || best.worth >= ANSWERED) ? best.place : NONE;
}

/** What speaks for a place: a DHCP server that answers there, or at least a link. */
const ANSWERED = 2;
const LINKED = 1;

/** Places where an uplink could be, the likeliest first. */
function freePlaces(answers: Answers, { ports }: SetupFacts): { place: string; worth: number }[] {
  const lan = (answers['lan.ports'] ?? '').split(' ');
  const taken = Object.keys(answers)
    .filter((id) => /^uplink\.\d+\.port$/.test(id))
    .map((id) => answers[id]);
  return ports
    .filter(({ name }) => !lan.includes(name))
    .flatMap(placesOn)
    .filter(({ place }) => !taken.includes(place) && !taken.includes(place.split('.')[0]))
    .sort((a, b) => b.worth - a.worth);
}

function placesOn({ name, carrier, heard }: PortFacts): { place: string; worth: number }[] {
  const tagged = heard.flatMap((one) =>
    one.what === 'dhcp' && one.vlan !== undefined ? [{ place: `${name}.${one.vlan}`, worth: ANSWERED }] : [],
  );
  const untagged = heard.some((one) => one.what === 'dhcp' && one.vlan === undefined);
  if (tagged.length > 0 && !untagged) return tagged;
  return [{ place: name, worth: untagged ? ANSWERED : carrier ? LINKED : 0 }, ...tagged];
}

/** Its name before, else the first of wan, wan2 … that nobody has. */
export function proposedName(number: number, answers: Answers, base: Base | undefined): string {
  const before = base?.uplinks[number - 1]?.name;
  if (before !== undefined) return before;
  const taken = new Set(base?.uplinks.map(({ name }) => name));
  for (let other = 1; other < number; other++) {
    const name = answers[uplinkId(other, 'name')];
    if (name !== undefined) taken.add(name);
  }
  for (let count = 1; ; count++) {
    const name = count === 1 ? 'wan' : `wan${count}`;
    if (!taken.has(name)) return name;
  }
}

export function proposedAddress(number: number, base: Base | undefined): string {
  const { address, gateway, dns } = mapping(base?.uplinks[number - 1]?.document);
  const before = words(address);
  if (before === undefined) return 'dhcp';
  const router = words(gateway);
  return [before, router, router === undefined ? undefined : words(dns)].filter(Boolean).join(' ');
}

export function proposedRate(number: number, base: Base | undefined): string {
  const { up, down } = mapping(mapping(base?.uplinks[number - 1]?.document).rate);
  if (up === undefined && down === undefined) return NONE;
  return [words(up) ?? NONE, words(down)].filter(Boolean).join(' ');
}
