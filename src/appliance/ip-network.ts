// SPDX-License-Identifier: MIT
/** Networks of both families, as firewall rules name them: bytes in hexadecimal and the length of the prefix. */
import { parseIp, parsePrefix } from './ipv4.ts';
import type { Network } from './nft/build.ts';
import { be, maskHex } from './nft/hex.ts';

const IPV6_GROUPS = 8;

/** `10.0.0.0/8`, `198.51.100.7`, `2001:db8::/32`; undefined when it is neither, or has bits beyond its prefix. */
export function parseNetwork(text: string): Network | undefined {
  const network = text.includes(':') ? parseNetwork6(text) : parseNetwork4(text);
  if (network === undefined) return undefined;
  const mask = maskHex(network.length, network.family === 'ipv4' ? 4 : 16);
  const within = Array.from(network.address).every((digit, at) => {
    const bits = Number.parseInt(digit, 16);
    return (bits & Number.parseInt(mask[at] ?? '0', 16)) === bits;
  });
  return within ? network : undefined;
}

function parseNetwork4(text: string): Network | undefined {
  const prefix = text.includes('/') ? parsePrefix(text) : { ip: parseIp(text), length: 32 };
  if (prefix?.ip === undefined) return undefined;
  return { family: 'ipv4', address: be(prefix.ip, 4), length: prefix.length };
}

function parseNetwork6(text: string): Network | undefined {
  const match = /^([0-9A-Fa-f:]+)(?:\/(\d{1,3}))?$/.exec(text);
  const address = match?.[1] === undefined ? undefined : parseIp6(match[1]);
  const length = match?.[2] === undefined ? 128 : Number(match[2]);
  if (address === undefined || length > 128) return undefined;
  return { family: 'ipv6', address, length };
}

function parseIp6(text: string): string | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [front = [], back = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = IPV6_GROUPS - front.length - back.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...front, ...Array.from({ length: missing }, () => '0'), ...back];
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  return groups.map((group) => group.toLowerCase().padStart(4, '0')).join('');
}
