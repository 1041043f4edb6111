// SPDX-License-Identifier: MIT
/** UDP at a share of what all legs carry together: nobody acknowledges it, and a far end that only unpacks reports nothing. */
import { experiment } from '../experiment.ts';
import { FRAME, IPV4, MTU } from './headers.ts';
import { join, type Leg, legsDrawing } from './legs.ts';

const RATES = [10, 5];
const LEGS: readonly Leg[] = RATES.map((rate) => ({
  traits: `${rate}mbit 10ms`,
  weight: rate / 5,
  rate: Math.floor((rate * 1e6 * (MTU - IPV4)) / FRAME),
}));
/** Headers of a datagram of 1400 bytes on a leg, without and with the tunnel's. */
const FRAME_OF_DATAGRAM = (1400 + 28 + 20 + 14) / 1400;
const SECONDS = 20;
/** Percent of datagrams. */
const LOST = 0.1;

/** What the link knows when the datagrams begin, and what goes beside them. */
const scenes = ['first', 'after-tcp', 'beside-tcp'] as const;

export default experiment({
  name: 'udp-load',
  title: 'UDP over 10 and 5 Mbit/s, at a share of both together',
  about:
    '`first`: nothing went by the link before. `after-tcp`: a connection did, from which `earliest` knows the legs. `beside-tcp`: one goes on meanwhile. ' +
    '`rates`: `earliest` was told the rates; `weights`: `weighted` with 2:1. On legs that nobody reports about, rates are learnt from TCP only.',
  parameters: {
    scene: [...scenes],
    load: [0.5, 0.8, 0.9],
    how: ['earliest', 'rates', 'weights'] as const,
  },
  figures: { lost: { unit: '%', digits: 2 }, goodput: { unit: 'Mbit/s', digits: 2 } },
  topology: () => legsDrawing(LEGS),
  play(lab, { scene, load, how }) {
    const legs = how === 'earliest' ? LEGS.map(({ traits, weight }) => ({ traits, weight })) : LEGS;
    const ends = join(lab, how === 'weights' ? 'weighted' : 'earliest', legs);
    lab.startClock();
    if (scene === 'after-tcp') lab.stream({ ...ends, seconds: 10 });
    const beside = scene === 'beside-tcp' ? lab.backgroundStream({ ...ends, seconds: SECONDS }) : undefined;
    const sum = RATES.reduce((all, rate) => all + rate, 0) * 1e6;
    const udp = Math.round((sum * load) / FRAME_OF_DATAGRAM);
    const stream = lab.stream({ ...ends, seconds: SECONDS, udp });
    beside?.wait();
    return () => ({ lost: stream.lossPercent(), goodput: stream.megabitsPerSecond() });
  },
  limit: () => 0,
  limitIs: 'nothing is lost below what the legs carry',
  goal: ({ lost = 0 }, { scene, how }) =>
    scene !== 'beside-tcp' && how === 'rates' && lost > LOST ? `more than ${LOST} % lost` : undefined,
});
