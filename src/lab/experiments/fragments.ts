// SPDX-License-Identifier: MIT
/** A connection whose packets are broken into fragments on the way, and the client's buffer. */
import { experiment } from '../experiment.ts';
import { ETHERNET, IPV4, MTU, TCP } from './headers.ts';
import { buffer, bufferCosts, fetchDocument, spread } from './multipath.ts';

/** kB/s of each of two paths, whose delays put packets out of order. */
const RATE = 250;
const DELAYS = ['5ms', '20ms'];

/** What the paths take; what leaves the proxies; the parts that it is broken into, of multiples of eight bytes. */
const SMALL_MTU = 1000;
const PACKET = MTU - IPV4;
const PART = Math.floor((SMALL_MTU - IPV4) / 8) * 8;

type Arrival = 'whole' | 'fragments' | 'reassembled';

/** Bytes on a path for a packet. */
function wire(arrival: Arrival): number {
  const frames = arrival === 'whole' ? 1 : Math.ceil((PACKET - IPV4) / PART);
  return PACKET - IPV4 + frames * (IPV4 + ETHERNET);
}

export default experiment({
  name: 'fragments',
  title: 'The buffer and fragments',
  about:
    'Two paths of 5 and 20 ms, and the TCP of today at the server, which takes disorder for loss. `fragments`: the paths take packets of ' +
    '1000 bytes, and what the proxies break apart reaches the client so; the buffer lets it pass. `reassembled`: the client tracks ' +
    'connections, which puts packets together before the buffer sees them.',
  parameters: { arrival: ['whole', 'fragments', 'reassembled'] as Arrival[] },
  quick: () => true,
  figures: {
    goodput: { unit: 'kB/s', digits: 2 },
    without: { unit: 'kB/s', digits: 2 },
    held: { unit: 'packets', digits: 0 },
    fragments: { unit: 'received', digits: 0 },
  },
  topology: ({ arrival }) => {
    const mtu = arrival === 'whole' ? '' : ` mtu=${SMALL_MTU}`;
    const paths = DELAYS.map(
      (delay, i) =>
        `hub -- proxy${i + 1} --[ path${i + 1}: ${RATE * 8}kbit ${delay} queue=100${mtu} ]-- client`,
    );
    return ['server -- hub -- client', ...paths].join('\n');
  },
  play(lab, { arrival }) {
    spread(lab, { paths: DELAYS.length });
    // Else packets must not be broken apart.
    lab.shell('server', 'echo 1 > /proc/sys/net/ipv4/ip_no_pmtu_disc');
    if (arrival === 'reassembled')
      lab.shell('client', 'iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT');
    const without = fetchDocument(lab, Number.POSITIVE_INFINITY);
    buffer(lab, true);
    const document = fetchDocument(lab);
    const statistics = lab.shell('client', 'cat /proc/sys/net/ipv4/multipath/bufferStatistics');
    return () => ({
      goodput: document.kilobytesPerSecond(),
      without: without.kilobytesPerSecond(),
      held: Number(/^held (\d+)$/m.exec(statistics.output())?.[1]),
      fragments: lab.counters('client').protocol('IpReasmReqds'),
    });
  },
  limit: ({ arrival }) => (DELAYS.length * RATE * (PACKET - IPV4 - TCP)) / wire(arrival),
  limitIs: 'the rates of the paths, less all headers, those of each fragment too',
  goal({ goodput = 0, without = 0, held = 0, fragments = 0 }, { arrival }, limit = 0) {
    if ((arrival !== 'whole') !== fragments > 0) return 'packets arrive otherwise than meant';
    if ((arrival !== 'fragments') !== held > 0) return 'the buffer holds what it should not, or the reverse';
    const costs = bufferCosts(goodput, without);
    if (costs !== undefined) return costs;
    return arrival !== 'fragments' && goodput < 0.95 * limit ? 'less than 95 % of the limit' : undefined;
  },
});
