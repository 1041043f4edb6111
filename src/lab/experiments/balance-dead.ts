// SPDX-License-Identifier: MIT
import { experiment } from '../experiment.ts';
import { addDestinations, balancer, DESTINATIONS, drawing, readCounts } from './balance.ts';

/** The third uplink goes silent, in seconds of the workload. */
const DEAD_AT = 6;
const FILE = 2e6;

export default experiment({
  name: 'balance-dead',
  title: 'Sessions of an uplink that dies: moved, or ended',
  about:
    'Eight transfers by session over three uplinks, one of which goes silent. Without NAT its sessions go on by the others. Those ' +
    'with translated addresses, and all when the configuration says so, end with a reset, so that their senders need not wait.',
  parameters: { nat: [false, true], dead: ['move', 'end'] as ('move' | 'end')[] },
  quick: ({ nat, dead }) => nat === (dead === 'end'),
  figures: {
    arrived: { unit: 'files of 8', digits: 0 },
    had: { unit: 'sessions on the uplink', digits: 0 },
    moved: { unit: 'sessions that moved', digits: 0 },
    ended: { unit: 'that ended', digits: 0 },
  },
  topology: () => drawing({ events: `at ${DEAD_AT}s: up3 cut` }),
  boxes: ({ nat, dead }) => ({ balancer: balancer('session', { nat, dead }) }),
  play(lab) {
    addDestinations(lab);
    // So much that nothing has arrived when the uplink dies.
    lab.wait(3);
    const before = readCounts(lab);
    const sources = ['src-a', 'src-b'].map((from) => lab.send({ from, to: DESTINATIONS, sizes: [FILE] }));
    lab.wait(1);
    const begun = readCounts(lab);
    const sent = sources.map((one) => one.wait());
    const after = readCounts(lab);
    return () => {
      const { moved, ended } = after();
      const had = begun().assigned - before().assigned;
      return { arrived: sent.flatMap((one) => one.arrived()).length, had, moved, ended };
    };
  },
  goal({ arrived = 0, had = 0, moved = 0, ended = 0 }, { nat, dead }) {
    if (had === 0) return 'the uplink had no session';
    if (!nat && dead === 'move')
      return arrived === 8 && moved === had && ended === 0 ? undefined : 'not all sessions moved and went on';
    return arrived === 8 - had && moved === 0 && ended >= had
      ? undefined
      : 'not all sessions of the uplink ended';
  },
});
