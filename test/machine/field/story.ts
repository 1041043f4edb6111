// SPDX-License-Identifier: MIT
/**
 * What docs/field.md tells, in its order: the words, and what is typed. The whole life (whole-life.slow.ts) plays it on
 * emulated boards and writes the page with what the product printed.
 */

/** The versions in the order in which they come to the board. */
export interface Versions {
  readonly first: string;
  readonly good: string;
  readonly bad: string;
  readonly mended: string;
}

/** By the version of this checkout. */
export function versionsAfter(first: string): Versions {
  const [major = 0, minor = 0] = first.split('.').map(Number);
  return {
    first,
    good: `${major}.${minor + 1}.0`,
    bad: `${major}.${minor + 2}.0`,
    mended: `${major}.${minor + 2}.1`,
  };
}

/** The addresses that pages and commands name. */
export const BRANCH = '192.168.50.1';
/** The operator's computer, from the board. */
export const OPERATOR = '192.168.50.2';
export const FAR_LAN = '192.168.60.1';
export const PASSWORD = 'correct horse battery';
/** Seconds that the tunnel may be away while a board restarts; on real boards it is less. */
export const MOST_AWAY = 90;

/** The answers without the operator's SSH key. */
export const ANSWERS = `password: ${PASSWORD}
hostname: branch-12
lan.ports: eth0 eth2
lan.address: ${BRANCH}/24
lan.dhcp: 192.168.50.100-199
uplink.1.port: eth1.5
uplink.1.name: dsl
uplink.1.address: 198.18.5.2/24 198.18.5.1 198.18.5.1
uplink.2.port: eth1.6
uplink.2.name: cable
uplink.2.address: 198.18.6.2/24 198.18.6.1 198.18.6.1
`;

export const TUNNEL = `tunnels:
  hq:
    mode: ipip
    remote: { dsl: 198.18.5.1, cable: 198.18.6.1 }
    address: 10.255.0.2/30
    routes: [192.168.60.0/24]
health: { interval: 300ms, misses: 8 }
`;

/** The lines end in the far end, which is also their router and name server. */
export const FAR_YAML = `version: 1
hostname: headquarters
lan: { ports: [eth0], address: ${FAR_LAN}/24 }
uplinks:
  dsl: { port: eth1, vlan: 5, address: 198.18.5.1/24 }
  cable: { port: eth1, vlan: 6, address: 198.18.6.1/24 }
tunnels:
  branch-12:
    mode: ipip
    answer:
      dsl: { uplink: dsl, from: 198.18.5.2 }
      cable: { uplink: cable, from: 198.18.6.2 }
    address: 10.255.0.1/30
    routes: [192.168.50.0/24]
firewall:
  rules:
    - { comment: name server of the lines, from: [dsl, cable], to: [box], protocol: udp, ports: [53], action: accept }
health: { interval: 300ms, misses: 8 }
`;

export type Story = ReturnType<typeof story>;

const ssh = `ssh root@${BRANCH}`;
const BUNDLE = 'out/alix/plait-alix.swu';

export function story({ first, bad, mended }: Versions) {
  return {
    intro: {
      title: '# The life of a board in the field',
      text: [
        'From the first image to power cuts, step by step: what is typed, and what the product answers. **This page is written by a test**',
        `([\`whole-life.slow.ts\`](../test/machine/whole-life.slow.ts)) that does all of it on emulated boards: a branch that is upgraded from ${first}`,
        `to ${mended}, a far end, and a host in the branch's LAN that sends a packet through the tunnel five times a second, all the time. Lost packets are`,
        'counted, and the test fails when others are lost than this page says. What differs from run to run (times, sizes, keys, hashes) is left out: `…`.',
      ].join('\n'),
      shown:
        '`$` is the prompt of your computer, in the checkout. The board answers by SSH from its LAN; what stands under *Serial console* is printed there.',
    },
    image: {
      title: '## 1. Build the image',
      text: `[Building](building.md) tells what it installs. Here: version ${first} for the [ALIX](../board/alix/README.md).`,
      build: 'npm run image -- --board alix',
    },
    flash: {
      title: '## 2. Flash a card',
      text: 'A file stands for the card here; yours is `/dev/sdX` ([flashing](flashing.md)). The image is checked against your key before, and read back after.',
      write: 'npx plait flash --yes card.img',
    },
    boot: {
      title: '## 3. First boot',
      text: 'Card in, serial cable in, power on. The [board page](../board/alix/README.md) tells of BIOS and cable.',
      after:
        'It asks for a login by now, has safe defaults, and would set itself up by questions. Here another computer answers them.',
    },
    setup: {
      title: '## 4. Set it up over the serial console',
      text: '`answers.yaml` holds what [`plaitctl setup`](setup.md) would ask: two lines as VLANs of one port, and the key that may log in by SSH.',
      run: 'npx plait setup --serial /dev/ttyUSB0 --answers answers.yaml',
      after: 'Both lines were looked at, step by step, and it is kept for the next start.',
    },
    plait: {
      title: '## 5. Plait it with a far end',
      text: 'The far end is a board as well. Its `plait.yaml` names the addresses from which the branch sends (both lines end in it here, so it is their router and name server, too):',
      branch:
        'What the branch needs stands in `tunnel.yaml`, and is added to what setup wrote ([every key](../src/appliance/README.md)):',
      add: `${ssh} 'cat >>/data/plait.yaml' <tunnel.yaml`,
      check: `${ssh} plaitctl check`,
      apply: `${ssh} plaitctl apply`,
      confirm: `${ssh} plaitctl confirm`,
      after:
        'From here on the packets of one connection travel over both lines. This is the configuration that has to come through all that follows:',
      sum: `${ssh} sha256sum /data/plait.yaml`,
    },
    upgrade: {
      title: '## 6. Upgrade it under traffic',
      text: `The next version is out. \`npm run image\` makes its bundle beside the image; it goes to the board while packets travel ([upgrading](upgrade.md)).`,
      send: `${ssh} plaitctl upgrade - <${BUNDLE}`,
      lost: 'Lost while the bundle came in, was checked, written and read back: **0 packets**.',
      restart: 'The board restarts into the other slot:',
    },
    trial: {
      title: '## 7. On trial, then confirmed',
      text: `A router carries nothing while it restarts: the tunnel was away for less than ${MOST_AWAY} s, and packets of that time are lost. It came back by itself, and the new version must prove itself:`,
      slots: `${ssh} plaitctl slots`,
      after: 'A minute later:',
      lost: 'Lost from the return of the tunnel to the confirmation: **0 packets**.',
    },
    bad: {
      title: '## 8. A bad version goes back by itself',
      text: `Version ${bad} has a mistake: a start script forbids the kernel to load modules, before the agent has loaded those of the tunnel. The bundle is in order otherwise, and signed. The board fetches it by itself this time, from the operator's computer:`,
      fetch: `${ssh} plaitctl upgrade http://${OPERATOR}:8000/plait-alix.swu`,
      trial:
        'It starts, and what carried traffic before does not come back. After five minutes the board starts the version before, with nobody having touched it:',
      slots: `${ssh} plaitctl slots`,
      sum: `${ssh} sha256sum /data/plait.yaml`,
      after:
        'The configuration is what it was, byte for byte (all of its confirmed versions are compared by the test), and the tunnel is back. Lost from its return until the version was confirmed again: **0 packets**.',
    },
    cuts: {
      title: '## 9. Power cuts',
      text: `Version ${mended} is mended. The power fails while it is written:`,
      send: `${ssh} plaitctl upgrade - <${BUNDLE}`,
      start:
        'The version that ran starts again, since a half-written slot has nothing that could be started, and the tunnel comes back:',
      slots: `${ssh} plaitctl slots`,
      again: 'The same command once more. Now the power fails while the new version is on trial:',
      trial: 'It is given another start, and proves itself:',
      sum: `${ssh} sha256sum /data/plait.yaml`,
      after:
        'The configuration is still the same. [Power cuts at every write](power-cuts.md) tells how all other moments are tried.',
    },
  };
}

/** All words and commands, in their order. */
export function linesOf(told: Story): string[] {
  return Object.values(told).flatMap((step) => Object.values(step));
}
