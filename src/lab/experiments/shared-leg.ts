// SPDX-License-Identifier: MIT
/** Somebody else's connection shares one of the legs: a link of several takes its share there, and no more. */
import { experiment } from '../experiment.ts';
import { goodput } from './headers.ts';
import { join, type Leg, legsDrawing, outerHeaders } from './legs.ts';

const RATE = 8;
const LEGS: readonly Leg[] = [1, 2].map(() => ({ traits: `${RATE}mbit 10ms`, weight: 1 }));
const SECONDS = 30;
const OMIT = 5;
/** Of its fair half of the leg, what the other connection gets at least. */
const FAIR = 0.8;

const tools = ['earliest', 'weighted', 'mptcp', 'single'] as const;

export default experiment({
  name: 'shared-leg',
  title: `A connection over ${RATE} and ${RATE} Mbit/s, and another that has the second leg only`,
  about:
    'The other connection goes from router to router by the second leg, beside the link that is made of both. In a fair world it ' +
    'gets half of that leg. With `single` nobody else is there, and it gets all.',
  parameters: { tool: [...tools] },
  figures: {
    other: { unit: 'Mbit/s, the other connection', digits: 2 },
    goodput: { unit: 'Mbit/s', digits: 2 },
  },
  topology: () => legsDrawing(LEGS),
  play(lab, { tool }) {
    const ends = join(lab, tool, LEGS);
    lab.startClock();
    const times = { seconds: SECONDS, omit: OMIT };
    const other = lab.backgroundStream({ from: 'left', to: 'right', link: 'leg2', ...times });
    const ours = lab.backgroundStream({ ...ends, ...times, mptcp: tool === 'mptcp' });
    const [one, two] = [other.wait(), ours.wait()];
    return () => ({ other: one.megabitsPerSecond(), goodput: two.megabitsPerSecond() });
  },
  limit: ({ tool }) => goodput(tool === 'single' ? RATE : RATE / 2, outerHeaders('single')),
  limitIs: 'half of the leg, after headers; with `single` all of it',
  goal: ({ other = 0 }, { tool }, limit = 0) =>
    tool === 'earliest' && other < FAIR * limit
      ? `the other connection gets less than ${FAIR * 100} % of its fair half`
      : undefined,
});
