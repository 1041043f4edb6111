// SPDX-License-Identifier: MIT
/** Rules of a tunnel: pings have a line of their own, or leave by two, beside a connection that fills both; and that line fails. */
import { experiment } from '../experiment.ts';
import type { Packet } from '../measure/pcap.ts';
import { boxes, drawing, keys, type Lines, type More, payloadOf } from './udp-branch.ts';

/** The slower line is that of the rules: nobody else would send pings by it. */
const LINES: Lines = [
  { rate: 4, delay: 30 },
  { rate: 8, delay: 10 },
];

/** Seconds on the workload's clock. */
const GONE = 5;
const BACK = 10;
const END = 15;
/** A line that is cut is noticed, and one that is back is used, within this time. */
const NOTICED = 0.5;

/** Bytes of a ping in its leg, with the headers of the leg and Ethernet's. */
const PING = 84 + 60 + 14;
/** Seconds between two pings. */
const INTERVAL = 0.02;

const pinned = (leg: string, otherwise: string) =>
  `rules: [{ protocol: icmp, leg: ${leg}, else: ${otherwise} }]`;
const both = (text: string): More => ({ branch: text, far: text });

/** The end that listens knows legs by their number. */
const rules = {
  'else any': { branch: pinned('dsl', 'any'), far: pinned('leg0', 'any') },
  'else drop': { branch: pinned('dsl', 'drop'), far: pinned('leg0', 'drop') },
  'two copies': both('rules: [{ protocol: icmp, copies: 2 }]'),
  duplicate: both('scheduler: duplicate'),
} as const satisfies Record<string, More>;

type Rule = keyof typeof rules;
const isPinned = (rule: Rule) => rule.startsWith('else');

/** Pings that may be lost while a line is gone in silence: those of the time until that is noticed, and a round trip. */
const LOST_MOST = Math.ceil(0.3 / INTERVAL);

export default experiment({
  name: 'udp-rules',
  title: 'Pings have a line of their own, or leave by two lines, beside a connection',
  source: 'issue 13',
  about:
    'A branch and its far end with lines of 4 Mbit/s, 30 ms, and 8 Mbit/s, 10 ms, which a connection fills. Pings are pinned to the slower line, or leave ' +
    `in two copies, as \`rules\` of both ends say. That line is cut in silence from second ${GONE} to ${BACK}.`,
  parameters: { rule: Object.keys(rules) as Rule[] },
  figures: {
    goodput: { unit: 'Mbit/s', digits: 2 },
    own: { unit: '% of pings by the slower line while it is there', digits: 1 },
    meanwhile: { unit: 'pings and answers by the other line meanwhile', digits: 0 },
    lost: { unit: 'pings', digits: 0 },
    worst: { unit: 'ms, 99th percentile', digits: 1 },
  },
  keys,
  topology: () => drawing(LINES, 'ports', `at ${GONE}s: dsl cut\nat ${BACK}s: dsl mend`),
  boxes: ({ rule }) => boxes('encrypt', 'ports', rules[rule]),
  play(lab) {
    const [dsl, cable] = [lab.trace('dsl'), lab.trace('cable')];
    lab.startClock();
    const pings = lab.ping({ from: 'host-a', to: 'host-b', interval: INTERVAL });
    const stream = lab.stream({ from: 'host-a', to: 'host-b', seconds: END });
    const pinged = pings.end();
    return () => {
      const [own, other] = [dsl, cable].map((line) => pingsOf(line.packets()));
      return {
        goodput: stream.megabitsPerSecond(),
        own: share(own ?? [], other ?? [], isThere),
        meanwhile: (other ?? []).filter(isGone).length,
        lost: pinged.lost(),
        worst: pinged.percentile(99),
      };
    };
  },
  limit: () => payloadOf(LINES.reduce((all, { rate }) => all + rate, 0)),
  limitIs: 'the rates of both lines, after headers',
  goal({ own = 0, meanwhile = 0, lost = 0 }, { rule }) {
    if (isPinned(rule) && own < 100) return 'pings left by another line than that of their rule';
    if (rule === 'else drop')
      return meanwhile > 0 ? 'pings left by another line while theirs was gone' : undefined;
    if (rule === 'else any') return lost > LOST_MOST ? `more than ${LOST_MOST} pings lost` : undefined;
    return lost > 0 ? 'a ping was lost though it left twice' : undefined;
  },
});

const pingsOf = (packets: readonly Packet[]) => packets.filter(({ length }) => length === PING);
const isThere = ({ time }: Packet) => time < GONE || time > BACK + NOTICED;
const isGone = ({ time }: Packet) => time > GONE + NOTICED && time < BACK;

/** Of those that `counts`, percent. */
function share(
  own: readonly Packet[],
  other: readonly Packet[],
  counts: (packet: Packet) => boolean,
): number {
  const [mine, theirs] = [own, other].map((packets) => packets.filter(counts).length);
  return (100 * (mine ?? 0)) / Math.max(1, (mine ?? 0) + (theirs ?? 0));
}
