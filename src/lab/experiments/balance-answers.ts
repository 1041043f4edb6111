// SPDX-License-Identifier: MIT
import { experiment } from '../experiment.ts';
import type { Workload } from '../workload/workload.ts';
import { addDestinations, balancer, DEVICES, drawing } from './balance.ts';

type Nat = 'none' | 'second' | 'all';
const NAT: Readonly<Record<Nat, readonly boolean[]>> = {
  none: [false, false, false],
  second: [false, true, false],
  all: [true, true, true],
};

/** Who is connected to from outside by each uplink: two hosts of the LAN, and the box itself. */
const SERVERS = [
  { node: 'src-a', address: '192.168.50.2' },
  { node: 'src-b', address: '192.168.50.3' },
  { node: 'balancer', address: '192.168.50.1' },
] as const;

/** An address outside for each uplink; connections from there come in by it. */
const outside = (uplink: number) => `198.51.101.${uplink}`;
const boxBy = (uplink: number) => `198.18.${uplink}.2`;

const HOSTS = SERVERS.filter(({ node }) => node !== 'balancer').map(({ address }) => address);

/** Where the lab's servers listen. */
const PORT = 9100;
const CONNECTIONS = { count: 24, parallel: 6, bytes: 20_000 };

export default experiment({
  name: 'balance-answers',
  title: 'Answers leave by the uplink that was asked by, with and without NAT',
  about:
    'Connections from outside come in by each uplink, to hosts of the LAN and to the box: where there is NAT, by a port forwarding, else ' +
    "directly. Their answers must leave by that uplink. Then a host of the LAN connects outwards: by an uplink with NAT its packets have that uplink's " +
    'address, by others its own, and each connection goes on whole.',
  parameters: {
    nat: ['none', 'second', 'all'] as Nat[],
    strategy: ['route', 'session', 'packet', 'bandwidth'] as ('route' | 'session' | 'packet' | 'bandwidth')[],
  },
  skip: ({ nat, strategy }) => strategy === 'packet' && nat !== 'none',
  quick: ({ nat, strategy }) => strategy === (nat === 'none' ? 'packet' : 'bandwidth') && nat !== 'all',
  figures: {
    astray: { unit: 'packets of answers by another uplink', digits: 0 },
    answers: { unit: 'packets of answers', digits: 0 },
    wrong: { unit: 'packets outwards with a wrong address', digits: 0 },
    outwards: { unit: 'packets outwards', digits: 0 },
  },
  topology: () => drawing(),
  // Every packet of them is to be counted.
  boxes: ({ nat, strategy }) => ({
    balancer: balancer(strategy, { nat: NAT[nat], offload: false, open: { port: PORT, hosts: HOSTS } }),
  }),
  play(lab, { nat }) {
    addDestinations(lab);
    const targets = SERVERS.map((server, index) => ({
      ...server,
      uplink: index + 1,
      reached: NAT[nat][index] ? boxBy(index + 1) : server.address,
    }));
    for (const { uplink, reached } of targets) {
      const router = `r${uplink}`;
      lab.shell('dst1', `ip address replace ${outside(uplink)}/32 dev lo`);
      const via = lab.address(router, `${router}-dst1`);
      lab.shell('dst1', `ip route replace ${reached}/32 via ${via} src ${outside(uplink)}`);
    }
    const sources = DEVICES.flatMap((_, index) => [
      [`answer${index + 1}`, `-d ${outside(index + 1)}`],
      [`own${index + 1}`, `-d ${outside(index + 1)} -o ${DEVICES[index]}`],
    ]);
    const counting = lab.tally({
      ...{ node: 'balancer', family: 'IPv4', chain: 'POSTROUTING' },
      of: Object.fromEntries(sources),
    });
    for (const { node, reached } of targets)
      lab.connect({ from: 'dst1', to: node, address: reached, ...CONNECTIONS });
    const answers = counting();
    const sourced = DEVICES.map((_, index) => countSources(lab, index + 1, NAT[nat][index] ?? false));
    lab.connect({ from: 'src-a', to: 'dst1', address: outside(1), ...CONNECTIONS });
    const outwards = sourced.map((count) => count());
    return () => {
      const sum = (counts: ReadonlyMap<string, number>, name: string) =>
        [...counts].filter(([key]) => key.startsWith(name)).reduce((all, [, packets]) => all + packets, 0);
      const left = answers.packets();
      const passed = outwards.map((one) => one.packets());
      const total = (name: string) => passed.reduce((all, counts) => all + sum(counts, name), 0);
      return {
        astray: sum(left, 'answer') - sum(left, 'own'),
        answers: sum(left, 'answer'),
        wrong: total('all') - total('right'),
        outwards: total('all'),
      };
    };
  },
  goal({ astray = 0, answers = 0, wrong = 0, outwards = 0 }) {
    if (answers < 500 || outwards < 300) return 'too few packets were sent';
    if (astray > 0) return `${astray} of ${answers} packets of answers left by another uplink`;
    return wrong > 0 ? `${wrong} of ${outwards} packets outwards had a wrong address` : undefined;
  },
});

/** Packets of connections outwards at the router behind an uplink, and those with the address that they should have. */
function countSources(lab: Workload, uplink: number, nat: boolean) {
  const of = `-p tcp --dport ${PORT} -d ${outside(1)}`;
  return lab.tally({
    ...{ node: `r${uplink}`, family: 'IPv4', chain: 'FORWARD' },
    of: { all: of, right: `${of} -s ${nat ? boxBy(uplink) : '192.168.50.2'}` },
  });
}
