// SPDX-License-Identifier: MIT
import { experiment } from '../experiment.ts';
import { balancer, DEVICES, drawing, readUplinks, sentBetween, UPLINKS } from './balance.ts';

/** Bytes of an iperf3 datagram with its headers, down to Ethernet. */
const FRAME = 1400 + 8 + 20 + 14;
const SECONDS = 10;
const TOLERANCE = 0.05;

/** What each uplink is to carry of a load, in bit/s: so that all that are used have equal room, or equal room in percent. */
function aims(strategy: string, load: number): number[] {
  const rates = DEVICES.map((device) => UPLINKS[device]);
  const all = rates.reduce((sum, rate) => sum + rate, 0);
  if (strategy === 'headroom') return rates.map((rate) => (load * rate) / all);
  // The room that is left on those that are used: the slow one is not, while the others have more room than it has.
  const withSlow = (all - load) / 3;
  const room = withSlow < UPLINKS.eth1 ? withSlow : (all - UPLINKS.eth1 - load) / 2;
  return rates.map((rate) => Math.max(0, rate - room));
}

export default experiment({
  name: 'balance-aims',
  title: 'How near each uplink comes to what a strategy aims at',
  about:
    'UDP at a constant rate over uplinks of 1, 10 and 10 Mbit/s. In the thesis all packets between two samples of the estimator ' +
    'went to one uplink; here each packet counts at once, so that none is idle while another is overloaded.',
  parameters: {
    strategy: ['bandwidth', 'headroom'] as ('bandwidth' | 'headroom')[],
    load: [2, 10, 17, 19, 20, 20.8],
  },
  quick: ({ load }) => load === 20,
  figures: {
    worst: { unit: 'largest distance from an aim, in % of it', digits: 2 },
    slow: { unit: 'Mbit/s on the slow uplink', digits: 3 },
    fast: { unit: 'Mbit/s on the fast one', digits: 3 },
    other: { unit: 'Mbit/s on the other', digits: 3 },
  },
  topology: () => drawing(),
  boxes: ({ strategy }) => ({ balancer: balancer(strategy) }),
  play(lab, { strategy, load }) {
    const udp = load * 1e6 * (1400 / FRAME);
    const stream = lab.backgroundStream({
      from: 'src-a',
      to: 'dst1',
      link: 'r1-dst1',
      seconds: SECONDS + 4,
      udp,
    });
    lab.wait(3);
    const before = readUplinks(lab);
    lab.wait(SECONDS);
    const after = readUplinks(lab);
    stream.wait();
    return () => {
      const rates = sentBetween(before(), after()).left.map((bytes) => (bytes * 8) / SECONDS / 1e6);
      const total = rates.reduce((sum, rate) => sum + rate, 0);
      const wanted = aims(strategy, total * 1e6).map((aim) => aim / 1e6);
      // Of an uplink that is to be idle, what it does carry is judged by its own rate.
      const off = rates.map(
        (rate, index) =>
          Math.abs(rate - (wanted[index] ?? 0)) / (wanted[index] || UPLINKS[DEVICES[index] ?? 'eth1'] / 1e6),
      );
      const [slow = 0, fast = 0, other = 0] = rates;
      return { worst: 100 * Math.max(...off), slow, fast, other };
    };
  },
  goal: ({ worst = 100 }) =>
    worst > 100 * TOLERANCE ? `an uplink is ${worst.toFixed(1)} % from its aim, not within 5 %` : undefined,
});
