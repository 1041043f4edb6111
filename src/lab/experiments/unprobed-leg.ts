// SPDX-License-Identifier: MIT
/** A leg falls silent where nobody probes: the far end, which only acknowledges, is not told that these vanish. */
import { experiment } from '../experiment.ts';
import { goodput } from './headers.ts';
import { join, legsDrawing, outerHeaders } from './legs.ts';
import { BACK, END, figures, GONE, LEGS, measureOutage, missedMeanwhile } from './outage-measures.ts';

/** TCP's own timer, at least 200 ms, and what it sends then has to come and be acknowledged. */
const STALL = 400;

export default experiment({
  name: 'unprobed-leg',
  title: 'One of two legs of 8 Mbit/s is silent from second 5 to 15, and no agent probes it',
  about:
    'Plait devices at both ends with `earliest`, without boxes. The acknowledgements go by one leg: that one dies, or the other.',
  parameters: { dies: ['leg1', 'leg2'] },
  quick: ({ dies }) => dies === 'leg1',
  figures,
  topology: ({ dies }) => legsDrawing(LEGS, `at ${GONE}s: ${dies} cut\nat ${BACK}s: ${dies} mend`),
  play(lab, { dies }) {
    const ends = join(lab, 'earliest', LEGS);
    const stays = lab.trace(dies === 'leg1' ? 'leg2' : 'leg1');
    const goes = lab.trace(dies);
    const leaving = lab.capture('left', dies.replace('leg', 'eth'));
    lab.startClock();
    const receiver = lab.capture(ends.to, 'eth0');
    lab.stream({ ...ends, seconds: END });
    return () =>
      measureOutage({
        stays: stays.packets(),
        goes: goes.packets(),
        leaving: leaving.packets(),
        flow: receiver.flow(),
      });
  },
  limit: () => goodput(8, outerHeaders('earliest')),
  limitIs: 'the rate of the leg that is left, after headers',
  goal: (seen, _, limit = 0) =>
    (seen.stall ?? 0) > STALL ? `a stall of more than ${STALL} ms` : missedMeanwhile(seen, limit),
});
