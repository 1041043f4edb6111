// SPDX-License-Identifier: MIT
import type { Strategy } from '../../appliance/schema.ts';
import { experiment } from '../experiment.ts';
import { addDestinations, balancer, bytesOf, drawing, leastSeconds, MIXED, sendFiles } from './balance.ts';

export default experiment({
  name: 'balance-against-route',
  title: 'The mixed files, first by route and then by another strategy',
  source: 'channel balancing thesis, figures 6.11 and 6.12',
  about:
    'Files of all sizes up to 2 MB from two sources to four destinations, first by route. Then plaitctl apply brings another ' +
    'strategy, while everything else goes on, and the same files are sent again.',
  parameters: {
    strategy: ['packet', 'session', 'bandwidth', 'headroom', 'retransmit', 'history'] as Strategy[],
  },
  quick: ({ strategy }) => strategy === 'bandwidth',
  figures: {
    time: { unit: 's', digits: 2 },
    route: { unit: 's by route', digits: 2 },
    saved: { unit: '% of the time by route', digits: 1 },
  },
  topology: () => drawing(),
  boxes: () => ({ balancer: balancer('route') }),
  deadline: 2000,
  play(lab, { strategy }) {
    addDestinations(lab);
    const byRoute = sendFiles(lab, MIXED);
    lab.configure('balancer', balancer(strategy));
    const files = sendFiles(lab, MIXED);
    return () => {
      const [time, route] = [files.seconds(), byRoute.seconds()];
      return { time, route, saved: 100 * (1 - time / route) };
    };
  },
  limit: () => leastSeconds(bytesOf(MIXED)),
  limitIs: 'all files in full frames over all uplinks at their rates; the less time the better',
  goal: ({ saved = 0 }, { strategy }) =>
    (strategy === 'bandwidth' || strategy === 'headroom') && saved < 25
      ? `saves ${saved.toFixed(0)} % of the time that route takes, not 25 %`
      : undefined,
});
