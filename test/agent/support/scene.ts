// SPDX-License-Identifier: MIT
/** Scenes with the real agent: a board of name spaces, and providers behind its ports. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Status } from '../../../src/agent/status.ts';
import { type HostAgent, hostAgent } from './host-agent.ts';
import { Shell } from './shell.ts';
import { withoutModules } from './this-kernel.ts';

/** Patient, since a busy test machine answers late. */
export const LTE = `version: 1
lan: { ports: [eth0], address: 192.168.50.1/24 }
uplinks:
  lte1: { port: eth1, address: dhcp }
  lte2: { port: eth2, address: dhcp }
health: { interval: 300ms, misses: 8 }
`;

/** A server of the internet, and hosts of both sides that find their way back. */
export const SERVER = '198.51.100.9';
const LAN_HOST = '192.168.50.100';

let agent: HostAgent;

/** A board with this configuration; the far sides are set up before it starts. */
export async function scene(
  config: string,
  setUp: string[],
  play: (board: Board) => Promise<void>,
): Promise<void> {
  agent ??= await hostAgent();
  const folder = mkdtempSync(join(tmpdir(), 'plait-scene-'));
  const shell = new Shell(agent, folder);
  try {
    await shell.run(`cat >"$root/data/plait.yaml" <<'YAML'\n${withoutModules(config)}YAML`);
    for (const command of setUp) await shell.run(command);
    await shell.start();
    await play(new Board(shell));
  } finally {
    shell.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

export class Board {
  readonly shell: Shell;

  constructor(shell: Shell) {
    this.shell = shell;
  }

  /** What udhcpc's script says. */
  lease(port: string, fields: Record<string, string>, event = 'bound'): Promise<string> {
    const env = Object.entries({ lease: '600', ...fields }).map(([name, value]) => `${name}='${value}'`);
    return this.shell.run(`${env.join(' ')} board plaitctl lease ${port} ${event}`);
  }

  until(what: string, holds: (status: Status) => boolean): Promise<Status> {
    return this.shell.until(what, holds);
  }

  /** Waits until the uplinks are in these states, and the routes with them. */
  async states(...wanted: string[]): Promise<Status> {
    const status = await this.until(wanted.join(' and '), ({ uplinks, applying }) => {
      return !applying && uplinks.map(({ state }) => state).join() === wanted.join();
    });
    assert.equal(status.failedParts, []);
    return status;
  }

  /** Waits for the devices of the default route for new traffic. */
  spreadsOver(...devices: string[]): Promise<void> {
    return this.#prints(
      'devices of new traffic',
      "ip route show default metric 100 | grep -o 'dev [a-z0-9]*' | cut -d' ' -f2 | sort | xargs",
      devices.join(' '),
    );
  }

  /** Waits until the device has this address alone: `status` tells of a lease a moment before the kernel has it. */
  hasAddress(device: string, address: string): Promise<void> {
    const command = `ip -4 -br addr show dev ${device} | awk '{ $1 = $2 = ""; print }'`;
    return this.#prints(`addresses of ${device}`, command, address);
  }

  async #prints(what: string, command: string, wanted: string): Promise<void> {
    const end = Date.now() + 30_000;
    for (;;) {
      const seen = (await this.shell.run(command)).trim();
      if (seen === wanted) return;
      if (Date.now() > end) throw new Error(`${what}: "${seen}", wanted "${wanted}"`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** How many of ten connections to the server succeed, from the box itself or from a host of the LAN. */
  async connections(from: 'box' | 'LAN'): Promise<number> {
    const space = from === 'box' ? '' : 'far 0 ';
    return Number(await this.shell.run(`${space}${process.execPath} -e '${CLIENT}'`));
  }
}

const CLIENT = `
const net = require("node:net");
let good = 0;
(async () => {
  for (let n = 0; n < 10; n++) {
    good += await new Promise((resolve) => {
      const socket = net.connect(80, "${SERVER}");
      const end = (one) => { socket.destroy(); resolve(one); };
      socket.on("connect", () => end(1)).on("error", () => end(0));
      setTimeout(() => end(0), 1500);
    });
  }
  console.log(good);
})();`;

/** A modem behind port N with this address, the server behind it, and a way back to the LAN by the box. */
export function modem(port: number, router: string, box: string): string[] {
  const server = `require("node:net").createServer((socket) => socket.destroy()).listen(80, "${SERVER}")`;
  return [
    `far ${port} ip addr add ${router} dev far${port}`,
    `far ${port} ip addr add ${SERVER}/32 dev lo`,
    `far ${port} ip route replace ${box}/32 dev far${port}`,
    `far ${port} ip route add 192.168.50.0/24 via ${box} dev far${port} onlink`,
    `far ${port} ${process.execPath} -e '${server}' & for i in $(seq 200); do far ${port} ss -Hltn | grep -q :80 && break; sleep 0.05; done`,
  ];
}

export const LAN = [
  `far 0 ip addr add ${LAN_HOST}/24 dev far0`,
  'far 0 ip route add default via 192.168.50.1',
];
/** Carrier stays, but nobody answers any more. */
export const silence = (port: number) =>
  `far ${port} ip link set far${port} arp off && far ${port} ip addr flush dev far${port}`;
