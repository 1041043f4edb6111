// SPDX-License-Identifier: MIT
/** One of two UDP legs is gone for ten seconds: how long a connection stands still, and what it is told of that. */
import { experiment } from '../experiment.ts';
import { BACK, END, figures, GONE, measureOutage, missedMeanwhile } from './outage-measures.ts';
import { boxes, drawing, keys, type Lines, payloadOf } from './udp-branch.ts';

const LINES: Lines = [
  { rate: 8, delay: 10 },
  { rate: 8, delay: 10 },
];

const kinds = { silent: ['cut', 'mend'], carrier: ['down', 'up'] } as const;

/** Longest stall, ms; see issue 13. */
const STALLS = { silent: 120, carrier: 50 } as const;
/** Milliseconds until a leg that is back is used. */
const USED_AGAIN = 300;

export default experiment({
  name: 'udp-outage',
  title: 'One of two UDP legs of 8 Mbit/s is gone from second 5 to 15',
  source: 'issue 13',
  about:
    'A branch and its far end; packets of one line vanish in silence, or its carrier goes. What was in flight of it is sent again by the other leg, ' +
    'so that the connection need not: `lost` is what it sent again in all 25 s.',
  parameters: { outage: ['silent', 'carrier'] as ('silent' | 'carrier')[] },
  quick: ({ outage }) => outage === 'silent',
  figures: {
    meanwhile: figures.meanwhile,
    stall: figures.stall,
    again: figures.again,
    lost: { unit: 'packets that the connection sent again', digits: 0 },
  },
  keys,
  topology: ({ outage }) => {
    const [gone, back] = kinds[outage];
    return drawing(LINES, 'ports', `at ${GONE}s: cable ${gone}\nat ${BACK}s: cable ${back}`);
  },
  boxes: () => boxes('encrypt', 'ports'),
  play(lab) {
    const legs = [lab.trace('dsl'), lab.trace('cable')];
    lab.startClock();
    const seen = lab.capture('host-b', 'eth0');
    const stream = lab.stream({ from: 'host-a', to: 'host-b', seconds: END });
    return () => {
      const [stays = [], goes = []] = legs.map((leg) => leg.packets());
      const { meanwhile, stall, again } = measureOutage({ stays, goes, leaving: [], flow: seen.flow() });
      return { meanwhile, stall, again, lost: stream.retransmits() };
    };
  },
  limit: () => payloadOf(8),
  limitIs: 'the rate of the leg that is left, after headers',
  goal(measured, { outage }, limit = 0) {
    const { stall = 0, again = Number.POSITIVE_INFINITY } = measured;
    if (stall > STALLS[outage]) return `a stall of more than ${STALLS[outage]} ms`;
    if (again > USED_AGAIN) return `more than ${USED_AGAIN} ms until both legs are used again`;
    return missedMeanwhile(measured, limit);
  },
});
