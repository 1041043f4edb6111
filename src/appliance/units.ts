// SPDX-License-Identifier: MIT
/**
 * Readers of single values. A reader takes whatever YAML held and gives the value in our units, or a complaint
 * that says what is wrong and what would be right.
 */
import { parseNetwork } from './ip-network.ts';
import {
  formatIp,
  formatPrefix,
  isSubnetEdge,
  isUnicast,
  networkOf,
  type Prefix,
  parseIp,
  parsePrefix,
} from './ipv4.ts';
import { keyBytes, looksLikeKey } from './keys.ts';
import type { Network } from './nft/build.ts';
import { DSCPS } from './nft/names.ts';

/** The two halves of a problem that the reader of a value can know. */
export class Complaint {
  readonly message: string;
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    this.message = message;
    this.remedy = remedy;
  }
}

export type Reader<T> = (value: unknown) => T | Complaint;

/** Bits per second from `512kbit`, `1.5mbit`, `1gbit`; factors are thousands. */
export const rate: Reader<number> = (value) => {
  const bits = withUnit(value, RATE_UNITS);
  const remedy = 'write a number and bit, kbit, mbit or gbit, from 64kbit to 10gbit, such as 16mbit';
  if (bits === undefined) return new Complaint('is not a rate', remedy);
  if (bits < 64e3 || bits > 10e9) return new Complaint('is out of range', remedy);
  return Math.round(bits);
};

/** Milliseconds from `300ms`, `10s`, `5m`, `12h`, `1d`; limits in milliseconds. */
export function duration(least: number, most: number, example: string): Reader<number> {
  const remedy = `write a number and ms, s, m, h or d, from ${shortDuration(least)} to ${shortDuration(most)}, such as ${example}`;
  return (value) => {
    const ms = withUnit(value, DURATION_UNITS);
    if (ms === undefined) return new Complaint('is not a duration', remedy);
    if (ms < least || ms > most) return new Complaint('is out of range', remedy);
    return Math.round(ms);
  };
}

/** A whole number within limits. */
export function whole(least: number, most: number): Reader<number> {
  return (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? value
      : new Complaint('is not a whole number in range', `write one from ${least} to ${most}`);
}

export const yesOrNo: Reader<boolean> = (value) =>
  typeof value === 'boolean' ? value : new Complaint('is neither true nor false', 'write true or false');

/** The same, also in the words that people say. */
export const yesOrNoInWords: Reader<boolean> = (value) =>
  value === 'yes' || value === 'no' ? value === 'yes' : yesOrNo(value);

/** Exactly one of the given words or numbers. */
export function oneOf<const T extends string | number>(...choices: readonly T[]): Reader<T> {
  return (value) =>
    choices.find((choice) => choice === value) ??
    new Complaint('is not supported', `write ${choices.join(' or ')}`);
}

/** Text of one pattern; `what` and `remedy` finish the sentence. */
export function pattern(regexp: RegExp, what: string, remedy: string): Reader<string> {
  return (value) => {
    if (typeof value === 'string') return regexp.test(value) ? value : new Complaint(what, remedy);
    const kind = typeof value;
    // A host called 12, 1e3 or true: YAML has its own idea of these.
    if (kind !== 'number' && kind !== 'boolean') return new Complaint(what, remedy);
    const yamlKind = kind === 'number' ? 'a number' : 'true or false';
    return new Complaint(`is read as ${yamlKind}, where a text is needed`, 'put it in quotes, as in "12"');
  };
}

/** The address of one machine, without a prefix length. */
export const hostAddress: Reader<string> = (value) => {
  const ip = typeof value === 'string' ? parseIp(value) : undefined;
  if (ip === undefined)
    return new Complaint('is not an IPv4 address', 'write four numbers, such as 198.51.100.9');
  if (!isUnicast(ip)) return new Complaint('is not the address of a machine', 'write a unicast IPv4 address');
  return formatIp(ip);
};

/** One value or a list of up to `most`; `what` calls one by its name: `one address`. */
export function oneOrSeveral<T>(reader: Reader<T>, most: number, what: string): Reader<T[]> {
  return (value) => {
    const entries: unknown[] = Array.isArray(value) ? value : [value];
    if (entries.length < 1 || entries.length > most)
      return new Complaint('has the wrong number of entries', `write ${what}, or a list of 1 to ${most}`);
    const found: T[] = [];
    for (const entry of entries) {
      const read = reader(entry);
      if (!(read instanceof Complaint)) {
        found.push(read);
        continue;
      }
      const where = entries.length > 1 ? `has an entry (number ${found.length + 1}) that ` : '';
      return new Complaint(where + read.message, read.remedy);
    }
    return found;
  };
}

/** One address or a list of up to `most`. */
export function hostAddresses(most: number): Reader<string[]> {
  return oneOrSeveral(hostAddress, most, 'one address');
}

/** Instead of a far end: the ordinary route by the uplink. */
export const DIRECT = 'direct';

/** `198.51.100.9`, `198.51.100.9:5051`. */
const farEnd: Reader<string> = (value) => {
  const [, host, port] = typeof value === 'string' ? (/^([^:]*):(.*)$/.exec(value) ?? []) : [];
  if (host === undefined || port === undefined) return hostAddress(value);
  const address = hostAddress(host);
  if (address instanceof Complaint) return address;
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  return number >= 1 && number <= 65535
    ? `${address}:${number}`
    : new Complaint('has a port that is none', `write ${address}:PORT with a port from 1 to 65535`);
};

/** The far ends of legs by one uplink: an address, one with a UDP port, or `direct`, or a list of 1 to 16 of these. */
export const farEnds: Reader<string[]> = oneOrSeveral(
  (value) => {
    if (value === DIRECT) return DIRECT;
    const address = farEnd(value);
    return address instanceof Complaint
      ? new Complaint(address.message, `${address.remedy}, or direct`)
      : address;
  },
  16,
  'one address or direct',
);

/** The public key of the far end. */
export const publicKey: Reader<string> = (value) => {
  const remedy = 'paste what "plaitctl key show" prints on the far end: 44 characters, the last one =';
  if (typeof value !== 'string' || !looksLikeKey(value)) return new Complaint('is not a public key', remedy);
  return keyBytes(value) === undefined ? new Complaint('is not a key of 32 bytes in base64', remedy) : value;
};

/** The name of a file of keys: a key itself does not belong into plait.yaml. */
export const keyName: Reader<string> = (value) => {
  if (typeof value === 'string' && looksLikeKey(value))
    return new Complaint(
      'is a secret key, and plait.yaml is shown and copied',
      'put it into a file: plaitctl key import FILE NAME, and write NAME here; if others have seen it, make a new one',
    );
  return typeof value === 'string' && KEY_NAME.test(value)
    ? value
    : new Complaint(
        'is not the name of a key',
        'write 1 to 15 small letters, digits, - and _, beginning with a letter',
      );
};

/** Of files below /data/keys. */
export const KEY_NAME = /^[a-z][a-z0-9_-]{0,14}$/;

/** The address of this box in a subnet, with the length of its prefix: from `/least` to `/most`. */
export function interfaceAddress(least: number, most: number, example: string): Reader<string> {
  return (value) => {
    const prefix = typeof value === 'string' ? parsePrefix(value) : undefined;
    if (!prefix) return notAnInterfaceAddress(value, example);
    if (!isUnicast(prefix.ip))
      return new Complaint('is not the address of a machine', `write a unicast address, such as ${example}`);
    if (prefix.length < least || prefix.length > most) {
      return new Complaint(
        'has an unusable prefix length',
        `write /${least} to /${most}, such as ${example}`,
      );
    }
    if (isSubnetEdge(prefix)) return edgeOfSubnet(prefix);
    return formatPrefix(prefix);
  };
}

/** A whole network: `10.0.0.0/8`, without host bits. */
export const network: Reader<string> = (value) => {
  const prefix = typeof value === 'string' ? parsePrefix(value) : undefined;
  if (!prefix) return new Complaint('is not a network', 'write address/length, such as 10.0.0.0/8');
  const whole = networkOf(prefix);
  if (whole.ip !== prefix.ip) {
    return new Complaint('has bits set beyond its prefix length', `write ${formatPrefix(whole)}`);
  }
  if (prefix.length > 0 && !isUnicast(prefix.ip)) {
    return new Complaint('is not a network of machines', 'write a unicast IPv4 network');
  }
  return formatPrefix(prefix);
};

/** A network of IPv4 or IPv6; a bare address is a network of one. */
export const networkOfEither: Reader<Network> = (value) =>
  (typeof value === 'string' ? parseNetwork(value) : undefined) ??
  new Complaint(
    'is not a network',
    'write 10.0.0.0/8, 2001:db8::/32 or one address, without bits after the prefix',
  );

/** `443`, `8000-8010`. */
export const portRange: Reader<{ from: number; to: number }> = (value) => {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(value));
  const from = Number(match?.[1]);
  const to = Number(match?.[2] ?? match?.[1]);
  const valid = match !== null && from >= 1 && from <= to && to <= 65535;
  return valid
    ? { from, to }
    : new Complaint('is not a port', 'write 1 to 65535, or a range such as 8000-8010');
};

/** A codepoint of differentiated services: `ef`, or 46. */
export const dscp: Reader<number> = (value) => {
  const named = typeof value === 'string' && Object.hasOwn(DSCPS, value) ? DSCPS[value as Dscp] : value;
  return typeof named === 'number' && Number.isInteger(named) && named >= 0 && named <= 63
    ? named
    : new Complaint('is not a DSCP', 'write a name such as ef, af41 or cs5, or a number from 0 to 63');
};
type Dscp = keyof typeof DSCPS;

/** Packets in a time: `10/minute`. */
export const packetRate: Reader<{ packets: number; seconds: number }> = (value) => {
  const match = typeof value === 'string' ? /^(\d{1,6})\/(second|minute|hour|day)$/.exec(value) : null;
  const packets = Number(match?.[1]);
  const seconds = RATE_SECONDS[match?.[2] ?? ''];
  return seconds !== undefined && packets > 0
    ? { packets, seconds }
    : new Complaint('is not a number of packets in a time', 'write such as 10/second, 30/minute or 100/hour');
};

const RATE_SECONDS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400 };

/** First and last address of a DHCP range, from `192.168.1.100-199` or with both ends written out. */
export const addressRange: Reader<{ from: string; to: string }> = (value) => {
  const match = typeof value === 'string' ? /^([\d.]+)-([\d.]+)$/.exec(value) : null;
  const first = match?.[1] ?? '';
  const last = match?.[2] ?? '';
  const from = parseIp(first);
  const to = parseIp(last.includes('.') ? last : `${first.slice(0, first.lastIndexOf('.'))}.${last}`);
  if (from === undefined || to === undefined) {
    return new Complaint('is not a range of addresses', 'write first-last, such as 192.168.1.100-199');
  }
  if (to < from) return new Complaint('ends before it begins', `write ${formatIp(to)}-${formatIp(from)}`);
  return { from: formatIp(from), to: formatIp(to) };
};

const RATE_UNITS: Record<string, number> = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 };
const DURATION_UNITS: Record<string, number> = { ms: 1, s: 1e3, m: 60e3, min: 60e3, h: 3600e3, d: 86400e3 };

function withUnit(value: unknown, units: Record<string, number>): number | undefined {
  const match = typeof value === 'string' ? /^(\d{1,9}(?:\.\d{1,6})?) ?([a-z]{1,4})$/i.exec(value) : null;
  const unit = (match?.[2] ?? '').toLowerCase();
  return match && Object.hasOwn(units, unit) ? Number(match[1]) * (units[unit] ?? Number.NaN) : undefined;
}

/** The shortest way to write a duration: 43200000 → `12h`. */
export function shortDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = DURATION_UNITS[unit] ?? 1;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

function notAnInterfaceAddress(value: unknown, example: string): Complaint {
  return typeof value === 'string' && parseIp(value) !== undefined
    ? new Complaint('has no prefix length', `write ${value}/24 or whatever the length is`)
    : new Complaint('is not an address with prefix length', `write it like ${example}`);
}

function edgeOfSubnet(prefix: Prefix): Complaint {
  const what = prefix.ip === networkOf(prefix).ip ? 'network' : 'broadcast';
  return new Complaint(
    `is the ${what} address of its subnet`,
    `write an address between, such as ${formatIp(networkOf(prefix).ip + 1)}/${prefix.length}`,
  );
}
