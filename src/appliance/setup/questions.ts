// SPDX-License-Identifier: MIT
/**
 * The questions of setup: each with its words, what Enter means, and what it accepts. An answer is accepted when the
 * validator of plait.yaml accepts the configuration that it leads to; what it says otherwise is told with the remedy.
 */
import { MOST_UPLINK_SERVERS } from '../schema.ts';
import { addressRange, Complaint, hostAddress, interfaceAddress, rate } from '../units.ts';
import { type Answers, KEEP, NONE, type SetupFacts, uplinkId } from './answers.ts';
import { type Base, mapping } from './base.ts';
import { parsePart } from './document.ts';
import { isHash, MAKE } from './password.ts';
import {
  proposedAddress,
  proposedHostname,
  proposedLanAddress,
  proposedLanPorts,
  proposedName,
  proposedRange,
  proposedRate,
  proposedUplinkPort,
} from './proposals.ts';

export interface Question {
  id: string;
  /** What is asked, as a phrase. */
  ask: string;
  /** Sentences for who wants to know more. */
  help: string;
  /** What Enter alone means. */
  proposal: string;
  /** Not to be shown while it is typed, nor later. */
  secret?: true;
  /** The ports of the board and what was heard on them help to answer. */
  ports?: true;
  /** The paths of plait.yaml that it answers for. */
  paths: readonly string[];
  /** Besides, those of problems that only all answers together can have. */
  pathsAtEnd?: readonly string[];
  /** The answer in the words that are kept, or what is wrong with it. */
  accept(answer: string): string | Complaint;
}

/** What questions are made from: the answers before them. */
export interface Draft {
  answers: Answers;
  facts: SetupFacts;
  base: Base | undefined;
}

export function passwordQuestion(draft: Draft): Question {
  const hasOne = mapping(draft.base?.document.admin)['password-hash'] !== undefined;
  return {
    id: 'password',
    ask: 'Password of root',
    help: `For the serial console and SSH; 10 characters or more. ${MAKE}: one is made and shown once. ${NONE}: whoever is at the console has the board, and SSH takes keys only.${hasOne ? ` ${KEEP}: as it is.` : ''}`,
    proposal: hasOne ? KEEP : MAKE,
    secret: true,
    paths: ['admin.password-hash'],
    accept(answer) {
      if (answer === NONE || (answer === KEEP && hasOne)) return answer;
      // Fronts hash what is typed: a plain password is in no answer that is kept.
      if (!isHash(answer)) return new Complaint('is not a password hash', 'give a password, make, or a hash');
      return judged(draft, this, answer);
    },
  };
}

export function hostnameQuestion(draft: Draft): Question {
  return {
    id: 'hostname',
    ask: 'Name of this box',
    help: 'Letters, digits and -. Providers are told it with DHCP.',
    proposal: proposedHostname(draft.facts, draft.base),
    paths: ['hostname'],
    accept(answer) {
      return judged(draft, this, answer);
    },
  };
}

export function lanPortsQuestion(draft: Draft): Question {
  return {
    id: 'lan.ports',
    ask: 'Port of the LAN, or several',
    help: 'The side of the people who use the box. Several ports, with a blank between, become one switch.',
    proposal: proposedLanPorts(draft.facts, draft.base),
    ports: true,
    paths: ['lan.ports'],
    accept(answer) {
      const ports = answer
        .toLowerCase()
        .split(/[ ,]+/)
        .filter((word) => word !== '');
      const before = mapping(draft.base?.document.lan).ports;
      const unknown = ports.find(
        (port) => !isPort(port, draft.facts) && !(Array.isArray(before) && before.includes(port)),
      );
      return unknown === undefined ? judged(draft, this, ports.join(' ')) : noPort(draft.facts);
    },
  };
}

export function lanAddressQuestion(draft: Draft): Question {
  return {
    id: 'lan.address',
    ask: 'Address of this box in the LAN',
    help: 'With the length of the subnet. Hosts of the LAN use it as router and name server. It must not be the subnet of an uplink.',
    proposal: proposedLanAddress(draft.facts, draft.base),
    paths: ['lan.address'],
    accept(answer) {
      return judged(draft, this, answer);
    },
  };
}

export function lanDhcpQuestion(draft: Draft): Question {
  return {
    id: 'lan.dhcp',
    ask: 'Addresses to give to hosts by DHCP',
    help: `First and last, such as 192.168.1.100-199. ${NONE}: no DHCP server.`,
    proposal: proposedRange(draft.answers['lan.address'] ?? '', draft.base),
    paths: ['lan.dhcp'],
    accept(answer) {
      if (isNone(answer)) return NONE;
      const range = addressRange(answer);
      return range instanceof Complaint ? range : judged(draft, this, answer);
    },
  };
}

export function uplinkPortQuestion(draft: Draft, number: number): Question {
  const { answers, facts, base } = draft;
  const before = base?.uplinks[number - 1];
  const name = proposedName(number, answers, base);
  return {
    id: uplinkId(number, 'port'),
    ask: `Port of uplink ${number}, or ${NONE}`,
    help: `With a VLAN: port.vlan, such as eth1.5. ${NONE}: no more uplinks.`,
    proposal: proposedUplinkPort(number, answers, facts, base),
    ports: true,
    paths: [`uplinks.${name}.port`, `uplinks.${name}.vlan`],
    accept(answer) {
      if (isNone(answer)) return before === undefined ? NONE : (isNeeded(base, number) ?? NONE);
      const place = answer.toLowerCase();
      const match = /^([a-z][a-z0-9]*)(?:\.(\d{1,4}))?$/.exec(place);
      if (match === null)
        return new Complaint('is not a port', 'write a port, or port.vlan such as eth1.5; a: find it');
      if (!isPort(match[1] ?? '', facts) && before?.document.port !== match[1]) return noPort(facts);
      return judged(draft, this, match[2] === undefined ? place : `${match[1]}.${Number(match[2])}`);
    },
  };
}

export function uplinkNameQuestion(draft: Draft, number: number): Question {
  const { answers, base } = draft;
  const before = base?.uplinks[number - 1];
  return {
    id: uplinkId(number, 'name'),
    ask: `Name of uplink ${number}`,
    help: 'Short: small letters, digits, - and _, such as dsl or cable.',
    proposal: proposedName(number, answers, base),
    paths: [],
    accept(answer) {
      const name = answer.toLowerCase();
      const taken = Object.keys(answers).some((id) => /\.name$/.test(id) && answers[id] === name);
      if (taken) return new Complaint('is another uplink', 'use a name of its own');
      const [tunnel] = before?.name === name ? [] : (before?.tunnels ?? []);
      if (tunnel !== undefined)
        return new Complaint(`would leave tunnel ${tunnel} without ${before?.name}`, `keep ${before?.name}`);
      return judged(draft, { ...this, paths: [`uplinks.${name}`, 'uplinks'] }, name);
    },
  };
}

export function uplinkAddressQuestion(draft: Draft, number: number): Question {
  const name = draft.answers[uplinkId(number, 'name')] ?? '';
  const uplink = `uplinks.${name}`;
  return {
    id: uplinkId(number, 'address'),
    ask: `Address on ${name}: dhcp, or address/length, router and name servers`,
    help: 'As the provider says: 203.0.113.6/29 203.0.113.1 203.0.113.2. Name servers may be left out when another uplink has some. PPPoE is not supported: let the modem dial.',
    proposal: proposedAddress(number, draft.base),
    paths: [`${uplink}.address`, `${uplink}.gateway`, `${uplink}.dns`],
    pathsAtEnd: ['dns.servers'],
    accept(answer) {
      const words = answer.toLowerCase().split(/[ ,]+/);
      if (words.length > 2 + MOST_UPLINK_SERVERS)
        return new Complaint(
          'has too many words',
          `write dhcp, or address/length, router and up to ${MOST_UPLINK_SERVERS} name servers`,
        );
      const [own = '', ...hosts] = words;
      if (own === 'dhcp' && hosts.length === 0) return judged(draft, this, own);
      const read = interfaceAddress(8, 32, '203.0.113.6/29')(own);
      if (read instanceof Complaint) return own === 'dhcp' ? noRouter() : read;
      for (const host of hosts) {
        const address = hostAddress(host);
        if (address instanceof Complaint) return address;
      }
      return judged(draft, this, [read, ...hosts].join(' '));
    },
  };
}

/** Not asked unless somebody wants it. */
export function uplinkRateQuestion(draft: Draft, number: number): Question {
  const name = draft.answers[uplinkId(number, 'name')] ?? '';
  return {
    id: uplinkId(number, 'rate'),
    ask: `Rates of ${name}: up and down`,
    help: `A little less than the line carries, such as 1mbit 16mbit. ${NONE}: unlimited.`,
    proposal: proposedRate(number, draft.base),
    paths: [`uplinks.${name}.rate`],
    accept(answer) {
      if (isNone(answer)) return NONE;
      const words = answer.toLowerCase().split(/[ ,]+/);
      if (words.length > 2) return new Complaint('has too many words', 'write the rate up and the rate down');
      for (const word of words) {
        const read = word === NONE ? 0 : rate(word);
        if (read instanceof Complaint) return read;
      }
      return words.every((word) => word === NONE) ? NONE : judged(draft, this, words.join(' '));
    },
  };
}

/** Not asked unless somebody wants it. */
export function sshKeyQuestion(draft: Draft): Question {
  return {
    id: 'ssh-key',
    ask: 'Public SSH key that may log in',
    help: `Paste the line of a .pub file. ${KEEP}: none is added. ${NONE}: all are removed.`,
    proposal: KEEP,
    paths: ['admin.ssh-keys'],
    accept(answer) {
      if (answer === KEEP) return KEEP;
      return isNone(answer) ? NONE : judged(draft, this, answer);
    },
  };
}

/** Holds the draft with this answer against the validator; only what the question answers for counts. */
function judged(
  draft: Draft,
  { id, paths }: Pick<Question, 'id' | 'paths'>,
  answer: string,
): string | Complaint {
  const { answers, facts, base } = draft;
  const parsed = parsePart({ ...answers, [id]: answer }, facts, base);
  const problem = parsed.ok ? undefined : parsed.problems.find(({ path }) => isBelow(path, paths));
  return problem === undefined ? answer : new Complaint(problem.message, problem.remedy);
}

export function isBelow(path: string, paths: readonly string[]): boolean {
  return paths.some((one) => path === one || path.startsWith(`${one}.`) || path.startsWith(`${one}[`));
}

function isNeeded(base: Base | undefined, number: number): Complaint | undefined {
  const needed = base?.uplinks.slice(number - 1).find(({ tunnels }) => tunnels.length > 0);
  if (needed === undefined) return undefined;
  const message = `would leave tunnel ${needed.tunnels[0]} without ${needed.name}`;
  return new Complaint(
    message,
    `keep the uplinks up to ${needed.name}, or take the tunnel out of plait.yaml`,
  );
}

function isPort(name: string, { ports }: SetupFacts): boolean {
  return ports.some((port) => port.name === name);
}

function noPort({ ports }: SetupFacts): Complaint {
  const names = ports.map(({ name }) => name).join(', ');
  return new Complaint(
    'is not a port of this board',
    names === '' ? 'the board has none' : `the board has ${names}`,
  );
}

function noRouter(): Complaint {
  return new Complaint('needs nothing else', 'write dhcp alone: the lease brings router and name servers');
}

function isNone(answer: string): boolean {
  return /^(none|no|n|-)$/i.test(answer);
}
