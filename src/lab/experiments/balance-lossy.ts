// SPDX-License-Identifier: MIT
import { experiment } from '../experiment.ts';
import { addDestinations, balancer, DESTINATIONS, DEVICES, drawing } from './balance.ts';

/** The second uplink begins to lose packets, in seconds of the workload. */
const LOSS_AT = 6;
const FILE = 30e6;
/** An uplink has been left when it sends less than so many bytes a second. */
const LEFT = 20_000;

export default experiment({
  name: 'balance-lossy',
  title: 'An uplink that begins to lose 5 % of its packets',
  about:
    'Four long transfers by retransmit, when one of the fast uplinks begins to lose packets. Counted is the time until nothing more ' +
    'leaves by it, over samples of a quarter of a second.',
  parameters: { loss: [2, 5, 10] },
  quick: ({ loss }) => loss === 5,
  figures: {
    left: { unit: 's until it was left', digits: 2 },
    before: { unit: 'Mbit/s on it before', digits: 2 },
  },
  topology: ({ loss }) => drawing({ events: `at ${LOSS_AT}s: up2 [ loss=${loss}% ]` }),
  boxes: () => ({ balancer: balancer('retransmit') }),
  play(lab) {
    addDestinations(lab);
    const begin = lab.shell('balancer', 'cut -d " " -f 1 /proc/uptime');
    const samples = lab.backgroundShell(
      'balancer',
      `for i in $(seq 80); do echo $(cut -d " " -f 1 /proc/uptime) $(cat /sys/class/net/${DEVICES[1]}/statistics/tx_bytes); usleep 250000; done`,
    );
    const sending = lab.send({ from: 'src-a', to: DESTINATIONS, sizes: [FILE] });
    const taken = samples.wait();
    sending.end();
    return () => {
      const start = Number(begin.output());
      const points = taken
        .output()
        .trim()
        .split('\n')
        .map((line) => line.split(' ').map(Number))
        .map(([at = 0, bytes = 0]) => ({ at: at - start, bytes }));
      const rates = points.slice(1).map(({ at, bytes }, index) => {
        const last = points[index] ?? { at: 0, bytes: 0 };
        return { at, rate: (bytes - last.bytes) / (at - last.at) };
      });
      const before = rates.filter(({ at }) => at > LOSS_AT - 2 && at <= LOSS_AT);
      const used = rates.filter(({ at, rate }) => at > LOSS_AT && rate >= LEFT);
      return {
        left: Math.max(0, ...used.map(({ at }) => at - LOSS_AT)),
        before: (8 * before.reduce((sum, { rate }) => sum + rate, 0)) / before.length / 1e6,
      };
    };
  },
  goal({ left = Number.POSITIVE_INFINITY, before = 0 }, { loss }) {
    if (before < 1) return 'the uplink was not used before';
    return loss >= 5 && left > 3 ? `left after ${left.toFixed(2)} s, not 3` : undefined;
  },
});
