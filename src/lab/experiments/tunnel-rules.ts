// SPDX-License-Identifier: MIT
/** Rules of a tunnel, from plait.yaml to the leg that a packet takes, at both ends. */
import type { RuleStatus, TunnelStatus } from '../../agent/status.ts';
import { experiment } from '../experiment.ts';
import { boxes, drawing, keys, type Line } from './udp-branch.ts';

const LINES: readonly [Line, Line] = [
  { rate: 8, delay: 10 },
  { rate: 8, delay: 25 },
];

/** Ports of the streams; below them what nobody answers. */
const STREAMS = '5200-5299';
const CLOSED = 5199;

const BRANCH_RULES = `
      - { dscp: ef, leg: cable }
      - { protocol: udp, ports: ${STREAMS}, leg: dsl, order: no }
      - { protocol: icmp, copies: 2 }
      - { protocol: udp, ports: ${CLOSED}, leg: dsl, else: drop }`;
const FAR_RULES = `
      - { protocol: udp, ports: ${STREAMS}, leg: leg1 }`;

/** Seconds: of the phases before the line is gone, and until when it is. */
const [CUT_AT, MENDED_AT] = [20, 30];
const PINGS = 40;
const RATE = 2e6;
/** Of datagrams with 1400 bytes. */
const perSecond = RATE / 8 / 1400;

/** Of 8 s: those of the time until a line is known to be gone. */
const LOST_MOST = 6;

/** By their numbers; a rule that is not there has counted nothing. */
function rulesOf(text: { output(): string }): (number: number) => NonNullable<RuleStatus['counters']> {
  const { rules } = JSON.parse(text.output()) as TunnelStatus;
  const none = { packets: -1, elsewhere: -1, copied: -1, dropped: -1 };
  return (number) => rules.find((rule) => rule.number === number)?.counters ?? none;
}

export default experiment({
  name: 'tunnel-rules',
  title: 'Rules of a tunnel keep traffic on its line, and copy it',
  source: 'issue 13',
  about:
    'A branch and its far end, whose plait.yaml have rules. Streams of UDP have a line of their own each way, which is not the one that the scheduler would take; pings ' +
    'leave in two copies, or marked `ef` by the other line. Then that line is gone: what may take another does, the rest is dropped.',
  parameters: {
    scheduler: ['earliest', 'weighted', 'duplicate'] as ('earliest' | 'weighted' | 'duplicate')[],
  },
  quick: ({ scheduler }) => scheduler === 'earliest',
  figures: {
    problems: { unit: 'of 11 points', digits: 0 },
    lost: { unit: '% of datagrams while the line went', digits: 2 },
  },
  keys,
  topology: () => drawing(LINES, 'ports', `at ${CUT_AT}s: dsl cut\nat ${MENDED_AT}s: dsl mend`),
  boxes: ({ scheduler }) => {
    const branch = `scheduler: ${scheduler}\n    rules:${BRANCH_RULES}`;
    return boxes('encrypt', 'ports', { branch, far: `rules:${FAR_RULES}` });
  },
  play(lab) {
    lab.startClock();
    const status = (box: string) => lab.shell(box, 'plaitctl status hq --json');
    const ping = (options: string) =>
      lab.shell('host-a', `ping -n -i 0.05 -c ${PINGS} ${options} ${lab.address('host-b')} || true`);
    const there = lab.stream({ from: 'host-a', to: 'host-b', seconds: 4, udp: RATE });
    const back = lab.stream({ from: 'host-b', to: 'host-a', seconds: 4, udp: RATE });
    const twice = ping('');
    const marked = ping('-Q 0xb8');
    const before = status('branch');
    const far = status('far');
    lab.wait(3);
    const through = lab.backgroundStream({ from: 'host-a', to: 'host-b', seconds: 8, udp: RATE });
    lab.wait(6);
    const knock = `for n in $(seq 10); do echo x | socat -u - UDP-SENDTO:${lab.address('host-b')}:${CLOSED}; sleep 0.1; done`;
    lab.shell('host-a', knock);
    const stream = through.wait();
    const after = status('branch');
    return () => {
      const [early, other, late] = [before, far, after].map(rulesOf);
      const enough = 4 * perSecond * 0.9;
      const points: [what: string, right: boolean | undefined][] = [
        ['the stream leaves by its rule', (early?.(2).packets ?? 0) > enough],
        ['by no other leg', early?.(2).elsewhere === 0 && early(2).dropped === 0],
        ['all of it arrives', there.lossPercent() === 0],
        [
          'so does the stream back, by its rule',
          (other?.(1).packets ?? 0) > enough && other?.(1).elsewhere === 0,
        ],
        ['with nothing lost', back.lossPercent() === 0],
        [
          'pings leave in two copies',
          (early?.(3).packets ?? 0) >= PINGS && early?.(3).copied === early?.(3).packets,
        ],
        ['and come once', !/DUP|[^0]% packet loss/.test(twice.output())],
        ['marked ones by their leg', early?.(1).packets === PINGS && early(1).elsewhere === 0],
        // There by 25 ms, back by what is fastest, 10 ms.
        ['which is the slower one', roundTrips(marked.output()).every((time) => time > 34)],
        ['when the line is gone another is taken', (late?.(2).elsewhere ?? 0) > perSecond],
        ['and what may not take it is dropped', late?.(4).packets === 0 && late(4).dropped === 10],
      ];
      for (const [what, right] of points) if (!right) console.error(`not so: ${what}`);
      return { problems: points.filter(([, right]) => !right).length, lost: stream.lossPercent() };
    };
  },
  goal({ problems = 0, lost = 100 }) {
    if (problems > 0) return `${problems} of 11 points are not so`;
    return lost > LOST_MOST ? `more than ${LOST_MOST} % of a stream are lost with its line` : undefined;
  },
});

function roundTrips(output: string): number[] {
  return [...output.matchAll(/ time=([\d.]+) ms/g)].map(([, time]) => Number(time));
}
