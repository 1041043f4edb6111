// SPDX-License-Identifier: MIT
/** The one network interface that the bench hangs on, and the addresses that boards get there. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { program } from '../../flash/this-machine.ts';
import { UsageError } from '../../image/errors.ts';

export interface Bench {
  readonly name: string;
  /** The station's own address, and the mask of its network. */
  readonly address: string;
  readonly netmask: string;
  readonly mac: string;
  /** First and last address that boards get. */
  readonly boards: readonly [string, string];
}

/** Boards get addresses from here on, in a network that has room for them behind the last digit. */
const [FIRST, LAST] = [100, 199];
/** Milliseconds between two looks at the link. */
const LOOK = 300;
const LIKE = /^[\w.@-]{1,15}$/;

/**
 * @throws UsageError for an interface that is not there, has no address, or leads to the rest of the world: the service answers
 * whoever asks, which is right on a bench and wrong anywhere else
 */
export async function benchInterface(name: string, signal: AbortSignal): Promise<Bench> {
  if (!LIKE.test(name) || !existsSync(`/sys/class/net/${name}`))
    throw new UsageError(`--interface: this machine has no network interface ${name}`);
  // Node's own list leaves out interfaces without a link: that of a bench whose boards are off.
  const [link] = JSON.parse(
    await program(['ip', '-json', 'address', 'show', 'dev', name], signal),
  ) as IpLink[];
  const found = link?.addr_info.find(({ family }) => family === 'inet');
  if (link === undefined || found === undefined || !link.flags.includes('UP'))
    throw new UsageError(
      `--interface: ${name} is not up, or has no address. For a bench that is a network of its own:\n\n` +
        `  sudo ip address add 192.168.91.1/24 dev ${name}\n  sudo ip link set ${name} up\n`,
    );
  if (hasDefaultRoute(readFileSync('/proc/net/route', 'utf8'), name))
    throw new UsageError(
      `--interface: this machine's default route leads over ${name}, so that it is no bench: boards get addresses and are started there. ` +
        'Name an interface that only the bench hangs on',
    );
  const { local: address, prefixlen } = found;
  return { name, address, mac: link.address, ...boardAddresses(name, address, prefixlen) };
}

/** As `ip -json` tells. */
interface IpLink {
  readonly flags: readonly string[];
  readonly address: string;
  readonly addr_info: readonly {
    readonly family: string;
    readonly local: string;
    readonly prefixlen: number;
  }[];
}

/** Resolves when there is a link at its other end, or, for `up` false, none. */
export async function whenLink({ name }: Bench, up: boolean, signal: AbortSignal): Promise<void> {
  while (hasLink(name) !== up) await sleep(LOOK, undefined, { signal });
}

export function hasLink(name: string): boolean {
  try {
    return readFileSync(`/sys/class/net/${name}/carrier`, 'utf8').trim() === '1';
  } catch {
    // It was switched off, or is gone.
    return false;
  }
}

/** Lines of /proc/net/route: interface, destination, gateway, … in hexadecimal. */
function hasDefaultRoute(routes: string, name: string): boolean {
  return routes.split('\n').some((line) => {
    const [device, destination] = line.split('\t');
    return device === name && destination === '00000000';
  });
}

/** The mask of the network, and the addresses that boards get in it. */
export function boardAddresses(
  name: string,
  address: string,
  prefix: number,
): Pick<Bench, 'netmask' | 'boards'> {
  if (prefix < 8 || prefix > 24)
    throw new UsageError(
      `--interface: ${name} has ${address}/${prefix}; a bench takes /24, or a larger network`,
    );
  const mask = (0xffffffff << (32 - prefix)) >>> 0;
  const network = address.split('.').slice(0, 3).join('.');
  return {
    netmask: [24, 16, 8, 0].map((shift) => (mask >>> shift) & 255).join('.'),
    boards: [`${network}.${FIRST}`, `${network}.${LAST}`],
  };
}
