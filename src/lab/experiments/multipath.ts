// SPDX-License-Identifier: MIT
/**
 * The multi-path thesis' testbed: a server that spreads what it sends over proxies, which are plain routers that
 * unpack and forward; a client whose answers go directly. What its experiments share.
 */
import type { Workload } from '../workload/workload.ts';
import { meet } from './meet.ts';

/** kB/s that paths are limited to, in the columns of the thesis' tables. */
export const RATES = [20, 50, 100, 150, 200, 250, 500];

/** kB/s of a network card of 100 Mbit/s: what a path has that is not limited, and what all have together. */
export const CARD = 12_500;

/** The document, bytes. */
const DOCUMENT = 2_400_000;

/** How often it is fetched. */
const TIMES = 3;

/** Seconds that the longest queue needs to empty itself: 100 frames at 20 kB/s, and some more. */
const PAUSE = 10;

/** Bytes of an Ethernet frame's header and of a full IP packet in it; of the outer header; of IPv4, TCP and its time stamps. */
const [ETHERNET, MTU, OUTER, INNER] = [14, 1500, 20, 52];

/** What a proxy unpacks is of this size; what of a limited path's rate is payload. */
const PACKET = MTU - OUTER;
export const PATH_SHARE = (PACKET - INNER) / (PACKET + ETHERNET);

/** What of a rate is payload where packets have their outer header, as by the server's card. */
export const CARD_SHARE = (PACKET - INNER) / (MTU + ETHERNET);

export const LIMIT_IS =
  "the paths' rates of which a full frame leaves 1428 of 1494 bytes for payload, together no more than the server's " +
  'card of 100 Mbit/s leaves with outer headers, 1428 of 1514';

/**
 * The drawing. Packets wait for a path's rate at the proxy, so the server does not see its queue. Answers, and
 * requests, go by `hub` to the client, at the rate `direct` where it is given.
 */
export function testbed(rates: readonly number[], direct?: number): string {
  const paths = rates.map(
    (rate, i) => `
    hub -- proxy${i + 1} --[ path${i + 1}: ${kilobits(rate)} queue=100 ]-- client`,
  );
  return `
    server --[ card: ${kilobits(CARD)} queue=1000 ]-- hub ${direct === undefined ? '--' : `--[ direct: ${kilobits(direct)} queue=100 ]--`} client${paths.join('')}`;
}

function kilobits(kilobytes: number): string {
  return `${kilobytes * 8}kbit`;
}

export interface Spread {
  readonly paths: number;
  /** Default: all 1. */
  readonly weights?: readonly number[];
  /** The route by the server's card is a leg too. */
  readonly direct?: boolean;
  /** Default `weighted`. */
  readonly scheduler?: string;
}

/** Makes the plait device of the server, a leg for each proxy, and the proxies' ends. */
export function spread(lab: Workload, { paths, weights, direct, scheduler = 'weighted' }: Spread): void {
  const server = lab.address('server');
  const client = lab.address('client');
  const numbers = Array.from({ length: paths }, (_, i) => i + 1);
  lab.shell('client', `echo ${RECEIVE_WINDOW} > /proc/sys/net/ipv4/tcp_rmem`);
  meet(lab, 'client', [server]);
  const legs = numbers.flatMap((i) => [
    `ip link add leg${i} type ipip local ${server} remote ${lab.address(`proxy${i}`)} ttl 64`,
    `ip link set leg${i} master plait up`,
  ]);
  const shares = numbers.map((i) => `leg${i}=${weights?.[i - 1] ?? 1}`);
  for (const i of numbers) {
    const proxy = `proxy${i}`;
    lab.shell(
      proxy,
      `ip link add unpack type ipip local ${lab.address(proxy)} remote ${server} && ip link set unpack up &&
       ip route replace ${client} via ${lab.address('client', `path${i}`)}`,
    );
    meet(lab, proxy, [server, lab.address('client', `path${i}`)]);
  }
  lab.shell(
    'server',
    [
      'ip link add plait type plait',
      ...legs,
      ...(direct ? DIRECT_LEG : []),
      ...PER_PACKET,
      'ip link set plait up',
      `echo ${scheduler} > ${FILES}/plait/scheduler`,
      ...(weights ? [`echo '${shares.join(' ')}' > ${FILES}/plait/weights`] : []),
      `ip route replace ${client} dev plait src ${server}`,
    ].join(' &&\n'),
  );
}

const FILES = '/proc/sys/net/ipv4/multipath';

const DIRECT_LEG = [
  'ip link add link eth0 name direct type plait_direct',
  'ip link set direct master plait up',
];

/** As the thesis' kernel, which knew no segmentation offload: each packet chooses its path. */
const PER_PACKET = ['ethtool -K plait tso off gso off'];

/** The receive window of the thesis' Linux 2.4, which fits into the paths' queues: packets are not lost, only late. */
const RECEIVE_WINDOW = '4096 87380 174760';

/**
 * How the server's TCP finds losses. `today`, the default: by RACK too (RFC 8985). It bears disorder for a quarter of the shortest
 * round trip, next to nothing where paths have no delay but that of their queues. `thesis`: as Linux 2.4, by the number of duplicate
 * acknowledgements alone; how much disorder to bear each connection learns.
 */
export function recovery(lab: Workload, how: 'thesis' | 'today'): void {
  lab.shell('server', `echo ${how === 'today' ? 1 : 0} > /proc/sys/net/ipv4/tcp_recovery`);
}

/** Switches the client's buffer. */
export function buffer(lab: Workload, on: boolean, packets = 100): void {
  lab.shell('client', `echo ${packets} > ${FILES}/bufferSize && echo ${on ? 1 : 0} > ${FILES}/bufferOn`);
}

/** Fetches the document again and again. `tolerance`: see FetchOptions; infinite for a figure that only stands beside the main one. */
export function fetchDocument(lab: Workload, tolerance?: number): { kilobytesPerSecond(): number } {
  return lab.fetch({
    ...{ client: 'client', server: 'server', bytes: DOCUMENT, times: TIMES, pause: PAUSE },
    ...(tolerance === undefined ? {} : { tolerance }),
  });
}

/** kB/s of payload that paths leave. */
export function limitOf(rates: readonly number[]): number {
  const sum = rates.reduce((total, rate) => total + rate, 0);
  return Math.min(sum * PATH_SHARE, CARD * CARD_SHARE);
}

/** kB/s of payload when each path carries its share by weight and nothing more: the most loaded path decides. */
export function limitByWeights(rates: readonly number[], weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const busiest = Math.min(...rates.map((rate, i) => rate / ((weights[i] ?? 1) / total)));
  return Math.min(busiest * PATH_SHARE, CARD * CARD_SHARE);
}

/** What is wrong when a document is fetched more slowly with the buffer than without, by more than what says nothing. */
export function bufferCosts(goodput: number, without: number): string | undefined {
  return goodput < 0.99 * without ? 'with the buffer more than 1 % less than without' : undefined;
}

/** The figure of a table of the thesis: rows by their value, columns by rate. */
export function paperFigure(
  rows: Readonly<Record<string, readonly number[]>>,
  row: string | number,
  rate: number,
) {
  return rows[row]?.[RATES.indexOf(rate)];
}
