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
  MIXED,
  sendFiles,
  type Ways,
} from './balance.ts';

type Path = 'plain' | 'hops' | 'latency' | 'reordering' | 'loss';

const WAYS: Readonly<Record<Path, Ways>> = {
  plain: {},
  hops: { hops: 6 },
  latency: { traits: ['2ms', '20ms', '80ms'] },
  reordering: { traits: ['2ms', '20ms jitter=10ms reorder', '20ms jitter=10ms reorder'] },
  loss: { traits: ['2ms', '2ms', '2ms loss=2%'] },
};

export default experiment({
  name: 'balance-paths',
  title: 'Strategies on ways that differ: what the thesis could not show',
  source: 'channel balancing thesis, chapter 7 (future work)',
  about:
    'The mixed files as they are, with six more routers on each way, with latencies of 2, 20 and 80 ms, with packets of the fast ' +
    'uplinks reordered, and with 2 % loss on one of them. The table has the time of all files; retransmissions are those of the sources.',
  parameters: {
    path: ['plain', 'hops', 'latency', 'reordering', 'loss'] as Path[],
    strategy: [...ALL] as Strategy[],
  },
  figures: {
    time: { unit: 's', digits: 2 },
    retransmitted: { unit: 'segments', digits: 0 },
  },
  topology: ({ path }) => drawing(WAYS[path]),
  boxes: ({ strategy }) => ({ balancer: balancer(strategy) }),
  deadline: 2000,
  play(lab, { path }) {
    addDestinations(lab, WAYS[path]);
    const files = sendFiles(lab, MIXED);
    return () => ({
      time: files.seconds(),
      retransmitted: ['src-a', 'src-b']
        .map((node) => lab.counters(node).protocol('TcpRetransSegs'))
        .reduce((sum, count) => sum + count, 0),
    });
  },
  limit: () => leastSeconds(bytesOf(MIXED)),
  limitIs: 'all files in full frames over all uplinks at their rates; the less time the better',
});
