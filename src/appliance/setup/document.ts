// SPDX-License-Identifier: MIT
/** How answers become plait.yaml. What was not asked for is taken over from the configuration before. */
import type { Parsed } from '../config.ts';
import { type Answers, KEEP, NONE, type SetupFacts, uplinkId } from './answers.ts';
import { type Base, type Mapping, mapping } from './base.ts';
import { parsed } from './parsed.ts';
import { proposedLanAddress, proposedLanPorts, proposedName } from './proposals.ts';
import { yamlText } from './yaml-text.ts';

export const MOST_UPLINKS = 32;

/** The configuration that the answers mean, as text. Nothing of what was before changes: its very text. */
export function configText(answers: Answers, facts: SetupFacts, base: Base | undefined): string {
  const text = yamlText(wholeDocument(answers, facts, base));
  if (base === undefined) return text;
  const read = parsed(text);
  return read.ok && JSON.stringify(read.config) === JSON.stringify(base.config) ? base.text : text;
}

/** What the answers so far are by themselves: only these and what they need, so that nobody is blamed for later ones. */
export function parsePart(answers: Answers, facts: SetupFacts, base: Base | undefined): Parsed {
  const { version, minor, hostname, lan, uplinks, admin } = wholeDocument(answers, facts, base);
  return parsed(yamlText({ version, minor, hostname, lan, uplinks, admin }));
}

function wholeDocument(answers: Answers, facts: SetupFacts, base: Base | undefined): Mapping {
  const before = base?.document ?? { version: 1 };
  const uplinks = uplinksOf(answers, base);
  const admin = adminOf(answers, mapping(before.admin));
  return {
    ...before,
    ...(answers.hostname === undefined ? {} : { hostname: answers.hostname }),
    lan: lanOf(answers, facts, base),
    ...(before.uplinks === undefined && Object.keys(uplinks).length === 0 ? {} : { uplinks }),
    ...(before.admin === undefined && Object.keys(admin).length === 0 ? {} : { admin }),
  };
}

function lanOf(answers: Answers, facts: SetupFacts, base: Base | undefined): Mapping {
  const { ports: _ports, address: _address, dhcp: before, ...kept } = mapping(base?.document.lan);
  const range = answers['lan.dhcp'];
  const dhcp = range === undefined || range === NONE ? undefined : { ...mapping(before), range };
  return {
    ports: (answers['lan.ports'] ?? proposedLanPorts(facts, base)).split(' ').filter((word) => word !== ''),
    address: answers['lan.address'] ?? proposedLanAddress(facts, base),
    ...(dhcp === undefined ? {} : { dhcp }),
    ...kept,
  };
}

function uplinksOf(answers: Answers, base: Base | undefined): Mapping {
  const uplinks: [name: string, uplink: Mapping][] = [];
  for (let number = 1; number <= MOST_UPLINKS; number++) {
    const place = answers[uplinkId(number, 'port')];
    if (place === undefined || place === NONE) break;
    const name = answers[uplinkId(number, 'name')] ?? proposedName(number, answers, base);
    uplinks.push([name, uplinkOf(number, place, answers, mapping(base?.uplinks[number - 1]?.document))]);
  }
  // An uplink called __proto__ is refused by the validator, and must get there.
  return Object.fromEntries(uplinks);
}

function uplinkOf(number: number, place: string, answers: Answers, before: Mapping): Mapping {
  const {
    port: _port,
    vlan: _vlan,
    address: _address,
    gateway: _gateway,
    rate: rateBefore,
    ...kept
  } = before;
  const [port, vlan] = place.split('.');
  const [address = '', gateway, ...servers] = (answers[uplinkId(number, 'address')] ?? 'dhcp').split(' ');
  const rate = rateOf(answers[uplinkId(number, 'rate')], rateBefore);
  return {
    port,
    ...(vlan === undefined ? {} : { vlan: Number(vlan) }),
    address,
    ...(gateway === undefined ? {} : { gateway }),
    ...(rate === undefined ? {} : { rate }),
    ...kept,
    ...(servers.length === 0 ? {} : { dns: servers }),
  };
}

function rateOf(answer: string | undefined, before: unknown): unknown {
  if (answer === undefined) return before;
  if (answer === NONE) return undefined;
  const [up, down] = answer.split(' ');
  return { ...(up === NONE ? {} : { up }), ...(down === undefined || down === NONE ? {} : { down }) };
}

function adminOf(answers: Answers, before: Mapping): Mapping {
  const { 'password-hash': hashBefore, 'ssh-keys': keysBefore, ...kept } = before;
  const { password = KEEP, 'ssh-key': key = KEEP } = answers;
  const hash = password === KEEP ? hashBefore : password === NONE ? undefined : password;
  const known = Array.isArray(keysBefore) ? keysBefore : [];
  const keys = key === KEEP || known.includes(key) ? keysBefore : key === NONE ? [] : [...known, key];
  return {
    ...(hash === undefined ? {} : { 'password-hash': hash }),
    ...(keys === undefined ? {} : { 'ssh-keys': keys }),
    ...kept,
  };
}
