// SPDX-License-Identifier: MIT
/** Tables 4.1 to 4.3 of the multi-path thesis: what a connection reaches before anything is spread. */
import { experiment } from '../experiment.ts';
import type { Workload } from '../workload/workload.ts';
import { goodput, IPV4 } from './headers.ts';

/** The thesis' document. */
const BYTES = 2_400_000;
/** kB/s of 100 Mbit/s. */
const FAST_ETHERNET = 12_500;
const RATES = [20, 50, 100, 150, 200, 250, 500];

const kilobit = (kilobytesPerSecond: number) => `${kilobytesPerSecond * 8}kbit`;

/** An IP-in-IP tunnel between client and server, and what they say to each other through it. */
function tunnel(lab: Workload): void {
  const ends = { client: lab.address('client'), server: lab.address('server') };
  const end = (node: 'client' | 'server', other: 'client' | 'server') =>
    lab.shell(
      node,
      `ip link add tun type ipip local ${ends[node]} remote ${ends[other]} && ip link set tun up && ` +
        `ip addr add 10.255.0.${node === 'client' ? 1 : 2}/30 dev tun`,
    );
  end('client', 'server');
  end('server', 'client');
}

const byNetwork = { direct: undefined, tunnel: '10.255.0.2' };

function fetchBy(lab: Workload, kind: keyof typeof byNetwork) {
  if (kind === 'tunnel') tunnel(lab);
  const address = byNetwork[kind];
  const transfer = lab.fetch({
    ...{ client: 'client', server: 'server', bytes: BYTES },
    ...(address === undefined ? {} : { address }),
  });
  return () => ({ goodput: transfer.kilobytesPerSecond() });
}

const limitIs =
  'the rate, of which a full frame of 1514 bytes leaves 1448, or 1428 in the tunnel, to the document';

function below(percent: number, reached = 0, limit = 0): string | undefined {
  return reached < (percent / 100) * limit ? `less than ${percent} % of the limit` : undefined;
}

const limited = (table: string, kind: keyof typeof byNetwork, title: string, paper: readonly number[]) =>
  experiment({
    name: `thesis-${table}`,
    title,
    source: `the multi-path thesis, table ${table}`,
    about: 'A document of 2.4 MB is fetched five times over a link with a limited rate.',
    parameters: { rate: RATES },
    quick: ({ rate }) => rate === 500,
    figures: { goodput: { unit: 'kB/s', digits: 2 } },
    topology: ({ rate }) => `client --[ ${kilobit(rate)} queue=50 ]-- server`,
    play: (lab) => fetchBy(lab, kind),
    paper: ({ rate }) => paper[RATES.indexOf(rate)],
    limit: ({ rate }) => goodput(rate, kind === 'tunnel' ? IPV4 : 0),
    limitIs,
    goal: (figures, _, limit) => below(97, figures.goodput, limit),
    deadline: 3600,
  });

const paper41 = { direct: 11228.4, tunnel: 10651.68 };

export default [
  experiment({
    name: 'thesis-4.1',
    title: 'Direct and tunnelled connection without limit',
    source: 'the multi-path thesis, table 4.1',
    about:
      'A document of 2.4 MB is fetched five times over Fast Ethernet, directly and in an IP-in-IP tunnel.',
    parameters: { connection: ['direct', 'tunnel'] as ('direct' | 'tunnel')[] },
    figures: { goodput: { unit: 'kB/s' } },
    topology: () => `client --[ ${kilobit(FAST_ETHERNET)} 0.1ms queue=100 ]-- server`,
    play: (lab, { connection }) => fetchBy(lab, connection),
    paper: ({ connection }) => paper41[connection],
    limit: ({ connection }) => goodput(FAST_ETHERNET, connection === 'tunnel' ? IPV4 : 0),
    limitIs,
    goal: (figures, _, limit) => below(95, figures.goodput, limit),
  }),
  limited(
    '4.2',
    'direct',
    'Direct connection with a limited rate',
    [19.16, 47.89, 95.68, 143.57, 191.1, 238.93, 475.91],
  ),
  limited(
    '4.3',
    'tunnel',
    'IP tunnel with a limited rate',
    [19.18, 47.91, 95.84, 148.8, 191.5, 239.81, 477.58],
  ),
];
