// SPDX-License-Identifier: MIT
import type { Strategy } from '../../appliance/schema.ts';
import { experiment } from '../experiment.ts';
import {
  ALL,
  addDestinations,
  balancer,
  bytesOf,
  drawing,
  leastSeconds,
  offAThird,
  readCounts,
  readUplinks,
  sendFiles,
  sentBetween,
  thesisFiles,
} from './balance.ts';

/** Percent of all bytes, for what is split equally. */
const SPLIT_TOLERANCE = 2;

export default experiment({
  name: 'balance-files',
  title: 'Files over three uplinks, by strategy',
  source: 'channel balancing thesis, figures 6.1 to 6.12 (pictures; their numbers are lost)',
  about:
    'Two sources send 20 files of each small size, or 5 of each large one, to four destinations over uplinks of 1, 10 and ' +
    '10 Mbit/s. The thesis says: route uses two uplinks almost equally; packet and session use all alike; bandwidth leaves the ' +
    'slow one idle; up to 512 KB all strategies take about as long, then packet and session are faster. With ' +
    'equal weights packet and session give a third of the bytes to the slow uplink, so that it sets the time here; the thesis does ' +
    'not say what simulated its rate. The split of packet is judged by the bytes that each uplink was given, that of session by those that left: ' +
    'what the queue of the slow uplink drops is sent once more.',
  parameters: {
    size: ['8K', '16K', '64K', '128K', '512K', '1M', '2M', '4M', '8M', '16M', 'mixed'],
    strategy: [...ALL] as Strategy[],
  },
  quick: ({ size, strategy }) =>
    (size === '64K' && strategy === 'packet') || (size === '16K' && strategy === 'session'),
  figures: {
    time: { unit: 's', digits: 2 },
    slow: { unit: 'kbit/s on the slow uplink', digits: 0 },
    fast: { unit: 'kbit/s on the fast one', digits: 0 },
    other: { unit: 'kbit/s on the other', digits: 0 },
    split: { unit: '% of all bytes that an uplink is off a third, at most', digits: 2 },
    moved: { unit: 'sessions that left an uplink', digits: 0 },
  },
  topology: () => drawing(),
  boxes: ({ strategy }) => ({ balancer: balancer(strategy) }),
  deadline: 6000,
  play(lab, { size, strategy }) {
    addDestinations(lab);
    const before = readUplinks(lab);
    const files = sendFiles(lab, thesisFiles(size));
    const after = readUplinks(lab);
    const counts = readCounts(lab);
    return () => {
      const time = files.seconds();
      const { given, left } = sentBetween(before(), after());
      const [slow = 0, fast = 0, other = 0] = left.map((bytes) => (bytes * 8) / 1000 / time);
      const split = offAThird(strategy === 'packet' ? given : left);
      return { time, slow, fast, other, split, moved: counts().moved };
    };
  },
  limit: ({ size }) => leastSeconds(bytesOf(thesisFiles(size))),
  limitIs: 'all files in full frames over all uplinks at their rates; the less time the better',
  goal({ split = 100, moved = 0 }, { strategy, size }) {
    // The others give up an uplink only when it counts as dead.
    if (moved > 0 && strategy !== 'retransmit') return `${moved} sessions left an uplink that was only busy`;
    const equal = strategy === 'packet' || (strategy === 'session' && size !== 'mixed');
    return equal && split > SPLIT_TOLERANCE
      ? `an uplink has ${split.toFixed(1)} % more or less than a third`
      : undefined;
  },
});
