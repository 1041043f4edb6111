// SPDX-License-Identifier: MIT
/**
 * A steady line and a mobile one, whose rate follows a delivery trace. Files `<name>.down` in the folder that
 * PLAIT_DELIVERY_TRACES names, recorded ones of Mahimahi for example, are lines of the experiment as well.
 */
import { readdirSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { experiment } from '../experiment.ts';
import { deliveryRate, deliveryTracePath, readDeliveryTrace } from '../topology/delivery-trace.ts';
import { FRAME, goodput, MTU } from './headers.ts';
import { join, type Leg, legsDrawing, outerHeaders } from './legs.ts';

const SECONDS = 40;
/** Seconds at the begin that do not count. */
const OMIT = 2;
const STEADY = 10;
const GOAL = 0.95;

const tools = ['earliest', 'mptcp', 'mobile', 'steady'] as const;

/** Names of lines, and their files: those of the lab, then those of the user. */
function mobileLines(): ReadonlyMap<string, string> {
  const folder = process.env.PLAIT_DELIVERY_TRACES;
  const recorded = folder ? readdirSync(folder).filter((name) => name.endsWith('.down')) : [];
  return new Map([
    ['wandering', 'wandering.trace'],
    ...recorded
      .sort()
      .map((name): [string, string] => [name.replace(/\.down$/, ''), joinPath(folder ?? '', name)]),
  ]);
}

const lines = mobileLines();

/** The mobile leg is drawn first: that is the one by which a single leg goes. */
function legs(line: string, tool: (typeof tools)[number]): readonly Leg[] {
  const mobile = { traits: `trace=${deliveryTracePath(lines.get(line) ?? '')} 20ms queue=400`, weight: 1 };
  const steady = { traits: `${STEADY}mbit 10ms`, weight: 1 };
  return tool === 'steady' ? [steady, mobile] : [mobile, steady];
}

/** Mbit/s of frames that both lines carry in the time that counts. */
function rates(line: string, tool: (typeof tools)[number]): number {
  const trace = readDeliveryTrace(deliveryTracePath(lines.get(line) ?? ''));
  const mobile = (deliveryRate(trace, OMIT, SECONDS + OMIT) / 1e6) * (FRAME / MTU);
  if (tool === 'mobile') return mobile;
  return tool === 'steady' ? STEADY : STEADY + mobile;
}

export default experiment({
  name: 'mobile-line',
  title: `One connection over a mobile line and a steady one of ${STEADY} Mbit/s`,
  about:
    'The mobile line follows a delivery trace behind a queue of 400 packets: its rate changes within seconds, and at times it is silent. ' +
    "Plait's `earliest`, to which nobody tells anything, beside MPTCP and each line alone.",
  parameters: { line: [...lines.keys()], tool: [...tools] },
  figures: {
    goodput: { unit: 'Mbit/s', digits: 2 },
    stall: { unit: 'ms' },
    retransmitted: { unit: 'segments', digits: 0 },
  },
  topology: ({ line, tool }) => legsDrawing(legs(line, tool)),
  play(lab, { line, tool }) {
    const how = tool === 'mobile' || tool === 'steady' ? 'single' : tool;
    const ends = join(lab, how, legs(line, tool));
    const seen = tool === 'mptcp' ? undefined : lab.capture(ends.to, 'eth0');
    lab.startClock();
    const stream = lab.stream({ ...ends, seconds: SECONDS, omit: OMIT, mptcp: tool === 'mptcp' });
    return () => {
      const flow = seen?.flow();
      return {
        goodput: stream.megabitsPerSecond(),
        stall: flow && flow.stall.seconds * 1000,
        retransmitted: lab.counters(ends.from).protocol('TcpRetransSegs'),
      };
    };
  },
  limit: ({ line, tool }) => goodput(rates(line, tool), tool === 'earliest' ? outerHeaders(tool) : 0),
  limitIs:
    'what both lines carry in the time that counts, of which full frames leave their payload after headers',
  goal: ({ goodput: reached = 0 }, { tool }, limit = 0) =>
    tool === 'earliest' && reached < GOAL * limit ? `less than ${GOAL * 100} % of the limit` : undefined,
});
