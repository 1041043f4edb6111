// SPDX-License-Identifier: MIT
import { experiment } from '../experiment.ts';
import {
  addDestinations,
  balancer,
  drawing,
  offAThird,
  readCounts,
  readUplinks,
  sentBetween,
} from './balance.ts';
import { addIpv6, ipv6Of } from './ipv6.ts';

type Family = 'IPv4' | 'IPv6';
type Sender = 'src-a' | 'balancer';

/** Sessions at once, and bit/s of each: so that each uplink has the same number, and room for them. */
const SESSIONS = 6;
const RATE = 200e3;

/** Seconds of the workload: the third uplink goes silent in the middle of the second stream. */
const DEAD_AT = 16;
const STREAM = 10;

/** Percent of all bytes. */
const SPLIT_TOLERANCE = 2;

export default experiment({
  name: 'balance-traffic',
  title: 'IPv4 and IPv6, forwarded and local',
  about:
    'Six equal UDP streams through the balancer or from it are split equally over three uplinks, by the session or by the packet. Then six TCP ' +
    'connections, while one uplink goes silent: their sessions go on by the others. IPv6 has the routes and rules of IPv4 once more; ' +
    'whether an uplink lives is said by the agent for both.',
  parameters: {
    family: ['IPv4', 'IPv6'] as Family[],
    from: ['src-a', 'balancer'] as Sender[],
    strategy: ['session', 'packet', 'headroom'] as ('session' | 'packet' | 'headroom')[],
  },
  quick: ({ family, from, strategy }) =>
    from === 'balancer' ? strategy === 'session' : strategy === 'packet' && family === 'IPv6',
  figures: {
    split: { unit: '% of all bytes that an uplink is off a third, at most', digits: 2 },
    moved: { unit: 'sessions that moved', digits: 0 },
    ended: { unit: 'that ended', digits: 0 },
    goodput: { unit: 'Mbit/s meanwhile', digits: 2 },
  },
  topology: () => drawing({ events: `at ${DEAD_AT}s: up3 cut` }),
  boxes: ({ strategy }) => ({ balancer: balancer(strategy) }),
  play(lab, { family, from }) {
    addDestinations(lab);
    if (family === 'IPv6') addIpv6(lab);
    const ipv4 = lab.address('dst1', 'r1-dst1');
    const address = family === 'IPv6' ? ipv6Of(ipv4) : ipv4;
    const common = { from, to: 'dst1', address, seconds: STREAM, connections: SESSIONS };
    const steady = lab.backgroundStream({ ...common, udp: RATE });
    lab.wait(2);
    const before = readUplinks(lab);
    lab.wait(6);
    const after = readUplinks(lab);
    steady.wait();
    const begun = readCounts(lab);
    const stream = lab.stream(common);
    const ended = readCounts(lab);
    return () => ({
      split: offAThird(sentBetween(before(), after()).left),
      moved: ended().moved - begun().moved,
      ended: ended().ended - begun().ended,
      goodput: stream.megabitsPerSecond(),
    });
  },
  goal({ split = 100, moved = 0, ended = 0, goodput = 0 }, { strategy }) {
    if (strategy !== 'headroom' && split > SPLIT_TOLERANCE)
      return `an uplink has ${split.toFixed(1)} % more or less than a third`;
    if (ended > 0) return `${ended} sessions ended`;
    if (strategy === 'session' && moved < SESSIONS / 3) return 'the sessions of the dead uplink did not move';
    return goodput < 1 ? 'the sessions hardly went on' : undefined;
  },
});
