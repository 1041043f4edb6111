// SPDX-License-Identifier: MIT
/** What is plugged into the Ethernet ports of an emulated board, as QEMU's `-netdev` and `-device` want it. */
import { createHash } from 'node:crypto';

/** What one port is plugged into. */
export type Plug =
  /** Nothing: the port has no carrier. */
  | { readonly to: 'nothing' }
  /** A cable to another port of the same board, which is plugged into this one. */
  | { readonly to: 'port'; readonly port: number }
  /** The emulator's own network: DHCP server, DNS and a way to the internet through the host. */
  | { readonly to: 'user'; readonly forwards?: readonly Forward[]; readonly network?: UserNetwork }
  /** A tap device of this machine that is there. The board starts from this port when it cannot from its card. */
  | { readonly to: 'tap'; readonly device: string }
  /** A cable to another board; the one that starts first listens on the cable's socket. */
  | { readonly to: 'cable'; readonly cable: Cable };

/** A TCP port of the host (on 127.0.0.1) that leads to one of the board. */
export interface Forward {
  readonly host: number;
  readonly board: number;
}

/** Addresses of a user network. Default: QEMU's own (10.0.2.0/24, gateway .2). */
export interface UserNetwork {
  /** `192.168.1.0/24` */
  readonly network: string;
  /** The address the host has in it. */
  readonly host: string;
  /** The address that forwards lead to. Default: the first one its DHCP server gives. */
  readonly board?: string;
}

/** An Ethernet cable between two emulated boards: a unix socket. */
export class Cable {
  readonly socket: string;
  #ends = 0;

  constructor(socket: string) {
    this.socket = socket;
  }

  /** Takes the next free end. The first listens, the second connects. */
  take(): 'listens' | 'connects' {
    this.#ends += 1;
    if (this.#ends > 2) throw new Error(`cable ${this.socket} has two ends, a third was asked for`);
    return this.#ends === 1 ? 'listens' : 'connects';
  }
}

/** The name that the emulator's monitor knows the card of a port by. */
export function nicName(port: number): string {
  return `nic${port}`;
}

/** QEMU arguments for one port: its network card and what the card is plugged into. */
export function portArguments(machine: string, port: number, model: string, plug: Plug): string[] {
  const id = `port${port}`;
  const rom = plug.to === 'tap' ? `bootindex=${1 + port}` : 'romfile=';
  const device = `${model},id=${nicName(port)},netdev=${id},mac=${macAddress(machine, port)},${rom}`;
  return ['-netdev', netdev(id, port, plug), '-device', device];
}

/** A locally administered address that depends on the machine's name and the port only. */
export function macAddress(machine: string, port: number): string {
  const hash = createHash('sha256').update(machine).digest();
  const bytes = [0x52, 0x54, 0x00, hash[0] ?? 0, hash[1] ?? 0, port];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function netdev(id: string, port: number, plug: Plug): string {
  switch (plug.to) {
    case 'nothing':
      return `hubport,id=${id},hubid=${port}`;
    case 'port':
      return `hubport,id=${id},hubid=${Math.min(port, plug.port)}`;
    case 'user':
      return ['user', `id=${id}`, ...userOptions(plug.network, plug.forwards ?? [])].join(',');
    case 'tap':
      return `tap,id=${id},ifname=${plug.device},script=no,downscript=no`;
    case 'cable': {
      const server = plug.cable.take() === 'listens' ? 'on' : 'off';
      return `stream,id=${id},server=${server},addr.type=unix,addr.path=${plug.cable.socket}`;
    }
  }
}

function userOptions(network: UserNetwork | undefined, forwards: readonly Forward[]): string[] {
  const board = network?.board ?? '';
  return [
    'ipv6=off',
    ...(network ? [`net=${network.network}`, `host=${network.host}`] : []),
    ...forwards.map((forward) => `hostfwd=tcp:127.0.0.1:${forward.host}-${board}:${forward.board}`),
  ];
}
