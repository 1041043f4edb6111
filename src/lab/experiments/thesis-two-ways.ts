// SPDX-License-Identifier: MIT
/** Chapter 3 of the multi-path thesis: the direct route as one of the paths, and both ends spreading what they send. */
import { experiment } from '../experiment.ts';
import type { Workload } from '../workload/workload.ts';
import { buffer, CARD_SHARE, fetchDocument, PATH_SHARE, spread, testbed } from './multipath.ts';

/** kB/s of every path. */
const RATE = 250;
const PROXIES = [1, 2];

/**
 * The way back: the client has a leg for each proxy, and the proxies pack again what they forward, with their own address
 * outside, by which either end knows the path. `dev` keeps their own packets out of the devices that they make.
 */
function spreadAnswers(lab: Workload): void {
  const [server, client] = [lab.address('server'), lab.address('client')];
  const legs = PROXIES.flatMap((i) => [
    `ip link add leg${i} type ipip local ${lab.address('client', `path${i}`)} remote ${lab.address(`proxy${i}`, `path${i}`)} ttl 64`,
    `ip link set leg${i} master plait up`,
  ]);
  for (const i of PROXIES) {
    const [proxy, path] = [`proxy${i}`, `path${i}`];
    const ends = `local ${lab.address(proxy, path)} remote ${lab.address('client', path)}`;
    lab.shell(
      proxy,
      [
        `ip link set unpack type ipip local ${lab.address(proxy)} remote ${server} dev eth0`,
        `ip link add pack type ipip ${ends} dev eth1 ttl 64`,
        'ip link set pack up',
        `ip route replace ${client} dev pack`,
        `ip route replace ${server} dev unpack`,
      ].join(' && '),
    );
  }
  lab.shell(
    'client',
    [
      'ip link add plait type plait',
      ...legs,
      'ip link set plait up',
      `ip route replace ${server} dev plait src ${client}`,
    ].join(' && '),
  );
}

/** Share of the client's answers that leave by its busiest path. */
function busiest(lab: Workload): number {
  const sent = ['eth0', 'eth1', 'eth2'].map((port) => lab.counters('client').device(port).tx.packets);
  return Math.max(...sent) / sent.reduce((sum, packets) => sum + packets, 0);
}

export default experiment({
  name: 'thesis-two-ways',
  title: 'The direct route as a path; both ends spread',
  source: 'multi-path thesis, figures 3.1 and 3.2',
  about:
    'Two proxies of equal rate. `one`: the client answers directly. `direct`: so it does, and the server uses the direct route ' +
    'too. `two`: the client spreads its answers over the same proxies, which put a header with their own address around ' +
    'what they forward.',
  parameters: { ways: ['one', 'direct', 'two'] as ('one' | 'direct' | 'two')[] },
  quick: () => true,
  figures: { goodput: { unit: 'kB/s', digits: 2 }, busiest: { unit: 'of the answers', digits: 3 } },
  topology: ({ ways }) => testbed([RATE, RATE], ways === 'direct' ? RATE : undefined),
  play(lab, { ways }) {
    spread(lab, { paths: PROXIES.length, direct: ways === 'direct' });
    if (ways === 'two') spreadAnswers(lab);
    buffer(lab, true);
    const document = fetchDocument(lab);
    return () => ({ goodput: document.kilobytesPerSecond(), busiest: busiest(lab) });
  },
  limit: ({ ways }) => RATE * (ways === 'two' ? 2 * CARD_SHARE : (ways === 'one' ? 2 : 3) * PATH_SHARE),
  limitIs:
    "the paths' rates of which a full frame leaves 1428 of 1494 bytes for payload; two ways 1428 of 1514, with the outer header",
  goal({ goodput = 0, busiest: share = 0 }, { ways }, limit = 0) {
    if (goodput < 0.97 * limit) return 'less than 97 % of the limit';
    if (ways !== 'two') return share < 0.98 ? 'answers do not go directly' : undefined;
    return Math.abs(share - 1 / 2) > 0.02 ? 'answers are not spread evenly' : undefined;
  },
});
