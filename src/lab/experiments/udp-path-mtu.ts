// SPDX-License-Identifier: MIT
/** A path that takes less than the ends' devices, and tells nobody: what a UDP leg finds, how soon, by how many probes. */
import { readFileSync } from 'node:fs';
import { experiment } from '../experiment.ts';

const script = (name: string) => readFileSync(new URL(`kernel/${name}.sh`, import.meta.url), 'utf8');

/** What the middle takes, one after the other. */
const SIZES = { first: 1400, less: 1300, back: 1400 } as const;
/** Second of the connection at which the middle gets smaller, and its end. */
const [LESS_AT, END] = [10, 30] as const;

/** Longest stall of the connection when the path gets smaller, ms; with the other leg, of the rest that it had there. */
const STALLS = { one: 1500, two: 500 } as const;
/** Padded probes of one search. */
const PROBES = 20;
/** Milliseconds of a search. */
const SOON = 1500;
/** Seconds until a larger path is used: ten minutes until it is looked for, and one until it is believed. */
const BACK = 665;

export default experiment({
  name: 'udp-path-mtu',
  title: 'A path of 1400 bytes that gets 1300, and 1400 again',
  source: 'issue 13',
  about:
    'Two routers in the middle drop what is too big, and their ICMP is lost. A connection runs through the tunnel when they begin to take 1300 bytes instead of 1400; ' +
    'later they take 1400 again. `first` and `less`: milliseconds until the leg knows, `back`: seconds until it is used.',
  parameters: { legs: ['one', 'two'] as ('one' | 'two')[] },
  quick: ({ legs }) => legs === 'one',
  figures: {
    first: { unit: 'ms', digits: 0 },
    less: { unit: 'ms', digits: 0 },
    back: { unit: 's', digits: 0 },
    'probes, first': { unit: 'probes', digits: 0 },
    'probes, less': { unit: 'probes', digits: 0 },
    'probes, back': { unit: 'probes', digits: 0 },
    stall: { unit: 'ms', digits: 0 },
    failed: { unit: 'checks', digits: 0 },
  },
  topology: () => `
    host-a -- a
    a --[ one: 8mbit 10ms ]-- r1
    r1 -- r2
    r2 --[ last: 100mbit 1ms ]-- b
    a --[ two: 8mbit 10ms ]-- b
    b -- host-b`,
  deadline: 1500,
  play(lab, { legs }) {
    const there = lab.address('host-b');
    const variables = [
      `LEGS=${legs} HERE=${lab.address('a', 'one')} THERE=${lab.address('b', 'last')} OTHER=${lab.address('b', 'two')}`,
      `VIA=${lab.address('r1', 'one')} BACK=${lab.address('r2', 'last')}`,
      `NET_A=${networkOf(lab.address('host-a'))} NET_B=${networkOf(there)}`,
    ].join('\n');
    const part = (name: string) =>
      lab.shell('a', `set +e\n${variables}\n${script('checks')}\n${script('udp-path-mtu')}\n${name}\nexit 0`);
    const found = part(`begin_with ${SIZES.first}`);
    const seen = lab.capture('host-b', 'eth0');
    const stream = lab.backgroundStream({ from: 'host-a', to: 'host-b', address: there, seconds: END });
    lab.wait(LESS_AT);
    const smaller = part(`becomes ${SIZES.less}`);
    stream.wait();
    const larger = part(`comes_back ${SIZES.back}`);
    return () => {
      const parts = [found, smaller, larger].map((one) => one.output().split('\n'));
      const lines = parts.flat();
      const failed = lines.filter((line) => line.startsWith('not ok '));
      for (const line of failed) console.error(`${legs}: ${line}`);
      const figure = (at: number, name: string) => {
        const line = parts[at]?.find((one) => one.startsWith(`${name} `));
        return line === undefined ? undefined : Number(line.slice(name.length));
      };
      return {
        first: figure(0, 'found'),
        less: figure(1, 'found'),
        back: figure(2, 'found'),
        'probes, first': figure(0, 'probes'),
        'probes, less': figure(1, 'probes'),
        'probes, back': figure(2, 'probes'),
        stall: seen.flow().stall.seconds * 1000,
        failed: failed.length,
      };
    };
  },
  goal(figures, { legs }) {
    const {
      first = Number.POSITIVE_INFINITY,
      less = Number.POSITIVE_INFINITY,
      back,
      stall = 0,
      failed = 0,
    } = figures;
    if (failed > 0) return `${failed} checks failed`;
    if (first > SOON || less > SOON) return `more than ${SOON} ms until the size is known`;
    if (back === undefined || back > BACK) return `more than ${BACK} s until the larger size is used`;
    if (stall > STALLS[legs]) return `a stall of more than ${STALLS[legs]} ms`;
    const most = Math.max(...['first', 'less', 'back'].map((name) => figures[`probes, ${name}`] ?? 0));
    return most > PROBES ? `${most} probes in one search` : undefined;
  },
});

/** Of the lab's own addresses. */
function networkOf(address: string): string {
  return `${address.slice(0, address.lastIndexOf('.'))}.0/24`;
}
