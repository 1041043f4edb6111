// SPDX-License-Identifier: MIT
import { experiment } from '../experiment.ts';
import type { Workload } from '../workload/workload.ts';
import { addDestinations, balancer, bytesOf, DESTINATIONS, drawing } from './balance.ts';

/** An uplink goes silent, in seconds of the workload. */
const DEAD_AT = 8;
const SIZES = [3e6];
/** Percent of the packets that may go the ordinary way: the first of each connection, and all while one moves. */
const SLOW = 5;
/** Percent of what the devices received that balancing may count otherwise: ARP. */
const UNCOUNTED = 1;

interface UplinkStatus {
  readonly counters: { readonly rxBytes: number };
  readonly balance: { readonly rxBytes: number };
}

/** Bytes that came in by all uplinks. */
function readReceived(lab: Workload): () => { device: number; balance: number } {
  const shown = lab.shell('balancer', 'plaitctl status --json');
  return () => {
    const { uplinks } = JSON.parse(shown.output()) as { uplinks: readonly UplinkStatus[] };
    const sum = (of: 'counters' | 'balance') => uplinks.reduce((all, uplink) => all + uplink[of].rxBytes, 0);
    return { device: sum('counters'), balance: sum('balance') };
  };
}

export default experiment({
  name: 'fast-path',
  title: 'Known connections are forwarded by the fast path, and counted',
  about:
    'Transfers by three uplinks, one of which goes silent meanwhile. Counted are the packets that the ordinary way forwards, beside all; what ' +
    'plait_balance has counted of each uplink, beside what its device has; and the files that arrive although their sessions had to move.',
  parameters: {
    strategy: ['session', 'packet', 'retransmit', 'history', 'headroom'] as const,
    nat: [true, false],
    offload: [true, false],
  },
  skip: ({ strategy, nat }) => strategy === 'packet' && nat,
  quick: ({ strategy, offload }) => offload && (strategy === 'session' || strategy === 'packet'),
  figures: {
    arrived: { unit: 'files of 8', digits: 0 },
    slow: { unit: '% of packets by the ordinary way', digits: 2 },
    uncounted: { unit: '% of bytes counted otherwise', digits: 2 },
    known: { unit: 'connections known', digits: 0 },
  },
  topology: () => drawing({ events: `at ${DEAD_AT}s: up3 cut` }),
  boxes: ({ strategy, nat, offload }) => ({ balancer: balancer(strategy, { nat, offload }) }),
  play(lab) {
    addDestinations(lab);
    const forwarded = lab.tally({ node: 'balancer', family: 'IPv4', chain: 'FORWARD', of: { all: '' } });
    const before = readReceived(lab);
    const sources = ['src-a', 'src-b'].map((from) => lab.send({ from, to: DESTINATIONS, sizes: SIZES }));
    lab.wait(2);
    const known = lab.shell('balancer', 'grep -c OFFLOAD /proc/net/nf_conntrack || true');
    const sent = sources.map((one) => one.wait());
    const slow = forwarded();
    const after = readReceived(lab);
    return () => {
      const received = (of: 'device' | 'balance') => after()[of] - before()[of];
      const packets = bytesOf(SIZES) / 1448;
      return {
        arrived: sent.flatMap((one) => one.arrived()).length,
        slow: (100 * (slow.packets().get('all') ?? 0)) / packets,
        uncounted: (100 * Math.abs(received('balance') - received('device'))) / received('device'),
        known: Number(known.output()),
      };
    };
  },
  goal({ arrived = 0, slow = 100, uncounted = 100, known = 0 }, { nat, offload }) {
    if (arrived !== 2 * DESTINATIONS.length && !nat) return `${arrived} files arrived`;
    if (uncounted > UNCOUNTED) return `${uncounted.toFixed(2)} % of the bytes were counted otherwise`;
    if (!offload) return known === 0 ? undefined : 'a connection took the fast path';
    if (known === 0) return 'no connection took the fast path';
    return slow > SLOW ? `${slow.toFixed(1)} % of the packets went the ordinary way, not ${SLOW}` : undefined;
  },
});
